"""An invocation of the function: what it is given, and what came of it."""
