"""One module per AWS resource type.

Each has the type's fields, the guard of its creation, and how to observe, create, update and delete it.
"""
