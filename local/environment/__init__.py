"""An execution environment: one process that runs one function, one invocation at a time, as on Lambda."""
