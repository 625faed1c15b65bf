"""A cloud in memory whose time jumps: what the engine is tried on."""
