"""Which entries are handed over next, and what follows: one lane after its own order, or several side by side."""
