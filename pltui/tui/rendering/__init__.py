"""Text and tables for widgets that draw by hand."""
