"""The parts of the main screen, each with its stylesheet beside it."""
