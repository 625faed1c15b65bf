"""Client of the sandbox: its daemon's launcher and control protocol."""
