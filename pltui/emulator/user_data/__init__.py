"""Interpretation of machines' user data: the web servers that it sets up. Nothing in it is ever run.

`interpretation` reads a shell script, cloud-config or both, `boot` holds the machine's state after its first boot, and
`site` is the result, which `network.webserver` serves. `budget` bounds the work, and patterns are RE2's, so that no
input takes more than a fraction of a second.
"""
