"""Reports of a lab: the experiments, their results, and the reasons.

`collect` makes one `Report` from a lab; `formats` writes it in each form, so that all forms agree. `junit` and
`escape_markdown` also write the results of `pltui verify`.
"""
