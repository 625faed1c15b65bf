"""Parts of the app that act on the lab or keep the screen up to date."""
