"""Implementations of the commands, one file per topic.

Each function takes parsed arguments and returns the exit code.
"""
