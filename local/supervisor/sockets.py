"""The listening sockets. The supervisor holds them, so that connections wait while a service starts again."""

import errno
import socket
from contextlib import suppress
from typing import Any

import psutil

from local.supervisor.errors import StartError

_BACKLOG = 1024


def listen_on(port: int, purpose: str) -> socket.socket:
    """Return a socket that listens on 127.0.0.1:`port`; port 0 takes a free one.

    Raises StartError that names who has the port.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(_sentence(port, purpose, error)) from error
    return listener


def port_of(listener: socket.socket) -> int:
    """Return the port that the socket listens on."""
    port: int = listener.getsockname()[1]
    return port


def _sentence(port: int, purpose: str, error: OSError) -> str:
    if error.errno == errno.EACCES:
        return f"port {port} ({purpose}) may not be used by an ordinary user: start with --ports free"
    if error.errno != errno.EADDRINUSE:
        return f"port {port} ({purpose}) cannot be used: {error.strerror}"
    return f"port {port} ({purpose}) is taken by {_holder(port)}: stop that, or start with --ports free"


def _holder(port: int) -> str:
    """Describe who listens on the port: pid and command where we may see them."""
    with suppress(psutil.Error):
        pid = _listening_pid(port)
        if pid is not None:
            process = psutil.Process(pid)
            return f"pid {pid} ({' '.join(process.cmdline())[:120] or process.name()})"
    return "a process of another user"


def _listening_pid(port: int) -> int | None:
    try:
        found = psutil.net_connections("tcp")
    except psutil.AccessDenied:  # macOS shows all of them to root alone, and to everybody their own
        return next((process.pid for process in psutil.process_iter() if _listens(process, port)), None)
    return next((one.pid for one in found if _is_listener(one, port)), None)


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        return any(_is_listener(one, port) for one in process.net_connections("tcp"))
    except psutil.Error:
        return False


def _is_listener(connection: Any, port: int) -> bool:
    """Tell whether one of psutil's connections, whose types have no public name, listens on the port."""
    return bool(connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port)
