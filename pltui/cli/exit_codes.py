"""Exit codes of the commands."""

DONE, FAILED, USAGE, PENDING, REFUSED, INTERRUPTED = 0, 1, 2, 3, 4, 130
