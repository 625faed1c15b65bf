"""Services of the operating system: files and environment."""
