"""Free ports for processes that are started, and started again, on one and the same port."""

import random
import socket
from pathlib import Path

_LOWEST = 15_000
_TRIES_MAX = 200


def free_port() -> int:
    """Return a TCP port on 127.0.0.1 that nobody listens on, below the range of outgoing connections.

    Not `bind(0)`: that hands out a port of the ephemeral range. While a server on such a port restarts, a client's own
    outgoing connection can take the port, and a client that keeps on trying can even connect to itself.
    Raises OSError when no free port was found.
    """
    for _ in range(_TRIES_MAX):
        port = random.randrange(_LOWEST, _ephemeral_start())  # noqa: S311 (nothing secret about a port)
        if _is_free(port):
            return port
    raise OSError(f"no free port between {_LOWEST} and {_ephemeral_start()} on 127.0.0.1")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _ephemeral_start() -> int:
    try:
        low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        return 32_768  # macOS starts at 49,152
    return max(low, _LOWEST + 1_000)
