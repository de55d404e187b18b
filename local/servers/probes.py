"""Does a server truly answer? Asked in its own protocol, with a handful of bytes and no client library to import."""

import socket
import struct

_TIMEOUT_SECONDS = 1.0
_POSTGRES_PROTOCOL_3_0 = 196_608
_OP_MSG = 2013
_BSON_OK = b"\x01ok\x00" + struct.pack("<d", 1.0)


def valkey_answers(port: int) -> bool:
    """Tell whether PING is answered with PONG; a server that still loads its file answers -LOADING."""
    return _exchange(port, b"PING\r\n").startswith(b"+PONG")


def postgres_answers(port: int, user: str, database: str) -> bool:
    """Tell whether a session may start: the server asks for authentication instead of refusing.

    While it starts or recovers it answers the same packet with an error. This is what `pg_isready` does.
    """
    names = b"".join(word.encode() + b"\0" for word in ("user", user, "database", database)) + b"\0"
    packet = struct.pack(">ii", len(names) + 8, _POSTGRES_PROTOCOL_3_0) + names
    return _exchange(port, packet).startswith(b"R")


def mongo_answers(port: int) -> bool:
    """Tell whether the `ping` command is answered with `ok: 1`."""
    command = b"\x10ping\x00" + struct.pack("<i", 1) + b"\x02$db\x00" + struct.pack("<i", 6) + b"admin\x00"
    document = struct.pack("<i", len(command) + 5) + command + b"\x00"
    body = struct.pack("<IB", 0, 0) + document
    header = struct.pack("<iiii", len(body) + 16, 1, 0, _OP_MSG)
    return _BSON_OK in _exchange(port, header + body)


def _exchange(port: int, request: bytes) -> bytes:
    """Send the request and return the first bytes of the answer; nothing when there is no answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_SECONDS) as connection:
            connection.sendall(request)
            return connection.recv(4096)
    except OSError:
        return b""
