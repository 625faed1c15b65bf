"""Runs nobody thought of: generated scenarios on a cloud in memory, held against what the engine guarantees."""
