"""The read models on PostgreSQL."""
