"""Settings that belong to the user: the config file, the keymap, preferences, and the saved view state of each lab."""
