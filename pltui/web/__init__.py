"""The app in a browser, on this machine alone: textual-serve with additional protection."""
