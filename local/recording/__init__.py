"""Live invocations as fixtures without personal data: `up --record` and `invoke --record`."""
