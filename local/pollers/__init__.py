"""A poller's process: it reads one function's stream and invokes the function itself, as its one environment."""
