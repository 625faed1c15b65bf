"""The one seam to boto3: clients, calls, and what their errors mean to the engine."""
