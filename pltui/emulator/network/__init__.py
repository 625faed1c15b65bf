"""The sandbox's network, realised on loopback with real sockets. Other emulators have the API alone.

The network model is read through the public API alone (`reader`, `sync`), and the rules are those of
`pltui.reachability`. The roles (web server, health checks, resolver, SOCKS proxy) use one interface, the `fabric`,
which turns "this address and port, seen from this machine" into a connection.
"""

# Marks the network's own reads, which do not count as use of the sandbox.
USER_AGENT = "pltui-network"
