"""The lab as a picture: a scene of what there is and what gets through, drawn in cells for a terminal or as SVG.

Pure: a spec, a snapshot and the paths found by `pltui.reachability` in, drawings out. Knows neither screens nor AWS.
"""
