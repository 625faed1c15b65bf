"""The terminal application: a view of one lab, and keys that change it."""
