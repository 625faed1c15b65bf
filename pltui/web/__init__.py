"""The app in a browser, on this machine alone: textual-serve, with what it lacks of guards put around it."""
