"""A lab written down for people elsewhere: what was asked of it, what came of it, and why.

`collect` makes one `Report` from a lab; `formats` has the forms in which all of it can be written, so that they agree.
`junit` and `markdown` also write what `pltui verify` found.
"""
