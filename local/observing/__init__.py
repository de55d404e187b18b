"""The observer: what the machine tells of the processes and the stores, and the last minutes of every metric."""
