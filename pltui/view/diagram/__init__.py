"""The lab as a diagram: a scene of its things and their links, drawn in cells for a terminal or as SVG.

Pure: takes a spec, a snapshot and the paths found by `pltui.reachability`, returns drawings. Knows neither screens nor
AWS.
"""
