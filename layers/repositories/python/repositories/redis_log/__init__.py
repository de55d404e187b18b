"""The log on Redis Streams (Redis or Valkey)."""

from repositories.redis_log import driver  # before any module here that imports redis

__all__ = ["driver"]
