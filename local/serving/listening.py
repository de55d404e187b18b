"""Listening sockets on the address that a container is reached at."""

import socket

from local.serving.errors import ServeError

_BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `host`:`port` (0: any free one). Raises ServeError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ServeError(f"{host}:{port} cannot be listened on: {error.strerror or error}") from error
    return listener
