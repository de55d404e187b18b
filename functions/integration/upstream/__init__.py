"""The order and customer systems, as this service reads them: never written to, never trusted to be there."""

from repositories.redis_log import driver  # before pybreaker, which imports redis

__all__ = ["driver"]
