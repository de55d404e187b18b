"""The event source mapping for Redis Streams: a poller that invokes a function with batches of a stream's entries.

It needs this layer and redis-py, nothing else of the project. The guide is `docs/event-source-mapping.md`.
"""
