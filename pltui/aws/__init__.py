"""The only user of boto3: clients, calls, and the translation of their errors for the engine."""
