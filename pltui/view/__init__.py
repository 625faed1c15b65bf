"""A lab as people see it, without a toolkit: its state, the reasons for it, its diagram."""
