"""One part of the system in a process of its own, as a container runs it: no supervisor, and the servers elsewhere."""
