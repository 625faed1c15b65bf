"""Requests to the service as a consumer's client machine would send them, and their answers."""
