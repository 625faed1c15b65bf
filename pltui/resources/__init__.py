"""One file per AWS resource type: its fields, what guards its create, and how it is seen, made, changed and deleted."""
