"""Implementations of the commands: one file per topic; each function takes parsed arguments and returns the exit code."""
