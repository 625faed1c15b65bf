"""A lab as people see it, without a UI toolkit: its state, the reasons for it, its diagram."""
