"""The commands: one module each, named as the command, with its arguments (`add_arguments`) and its work (`run`).

`run` takes the parsed arguments and returns the exit code. `pltui.cli.parser` has their names and summaries.
"""
