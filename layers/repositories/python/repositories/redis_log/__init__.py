"""The log on Redis Streams (Redis or Valkey)."""
