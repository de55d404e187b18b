"""What the services ask of a store, as Protocols."""
