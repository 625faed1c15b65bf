"""Colours: the app's themes, styles that are readable in any theme, and output for terminals without Unicode."""
