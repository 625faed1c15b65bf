"""What each command does: one file a topic, each function takes parsed arguments and returns the exit code."""
