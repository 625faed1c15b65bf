"""The path of each request: predicted from configuration, and measured."""
