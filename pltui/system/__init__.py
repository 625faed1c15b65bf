"""The machine that pltui runs on: files, environment."""
