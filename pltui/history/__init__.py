"""The journal of runs: written, read, and kept free of secrets."""
