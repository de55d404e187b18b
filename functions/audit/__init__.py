"""The audit service: who did what when, and how long after that it was on record."""
