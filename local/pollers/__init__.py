"""A poller's process: it reads one function's stream and invokes the function in environments of their own."""
