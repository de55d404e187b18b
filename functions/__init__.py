"""One package a service; each holds its entry points, its use cases and what is its own."""
