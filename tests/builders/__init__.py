"""Labs for tests of all parts: their specs, networks, scenes, processes, and the lab in memory behind the screen."""
