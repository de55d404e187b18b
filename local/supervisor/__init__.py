"""The supervisor: one process that starts every other one, starts again what dies, and stops all of it."""
