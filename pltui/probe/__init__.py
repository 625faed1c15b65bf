"""Asking the service as a consumer's client machine would, and who answered."""
