"""The sandbox: an emulated AWS on this machine, with its API, its network and the daemon that runs both."""
