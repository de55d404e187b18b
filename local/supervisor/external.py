"""Servers that somebody else runs: where they are, and whether anybody is there."""

import os
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

from local.supervisor.errors import StartError

VARIABLES = {"REDIS_URL": 6379, "MONGO_URL": 27017, "POSTGRES_URL": 5432}
_CONNECT_SECONDS_MAX = 3.0


def missing_urls(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the names of the variables that `up --external` needs and that are not set."""
    return [name for name in VARIABLES if not environment.get(name)]


def check_reachable(name: str, url: str) -> None:
    """Raise StartError unless something accepts connections at the URL's host and port.

    A URL whose scheme is looked up in DNS (mongodb+srv) or that names several hosts is left to its driver.
    """
    parts = urlsplit(url)
    if parts.scheme.endswith("+srv") or "," in parts.netloc:
        return
    host, port = parts.hostname or "localhost", parts.port or VARIABLES[name]
    try:
        socket.create_connection((host, port), _CONNECT_SECONDS_MAX).close()
    except OSError as error:
        raise StartError(f"{name}: nothing answers at {host}:{port} ({error}); start it or set {name}") from error
