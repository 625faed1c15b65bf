"""pltui: a terminal laboratory for AWS PrivateLink."""

__version__ = "0.1.0"
