"""The consumer group on the server: reading, acknowledging, keeping, in Redis's own commands."""
