"""One lab on one target."""
