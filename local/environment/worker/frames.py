"""Length-prefixed JSON on a socket: four bytes of length, most significant first, then so many bytes of JSON."""

import json
import select
import socket
import struct
import time

import orjson

FRAME_BYTES_MAX = 64 * 1024 * 1024  # a batch of 10,000 records of 6 kB; more is no frame of ours
_LENGTH = struct.Struct(">I")
HEAD_BYTES = _LENGTH.size
_RESULT = b'{"request_id":"%s","result":'
_READ_BYTES_MAX = 1 << 20


class FrameError(Exception):
    """What came is no frame, or what was to be sent cannot be one."""


class FrameEndError(FrameError):
    """The other side is gone. `begun`: it went in the midst of a frame."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__("the other side ended" + (" in the midst of a frame" if begun else ""))
        self.begun = begun


def encode(message: object) -> bytes:
    """The frame of a message. Raises FrameError for one that JSON cannot tell, or of over 64 MiB."""
    return pack(to_json(message))


def pack(body: bytes) -> bytes:
    """The frame of a message that is JSON text already. Raises FrameError where it is over 64 MiB."""
    if len(body) > FRAME_BYTES_MAX:
        raise FrameError(f"{len(body)} bytes are more than an invocation may have ({FRAME_BYTES_MAX})")
    return _LENGTH.pack(len(body)) + body


def request_body(request_id: str, payload: bytes, client_context: bytes | None) -> bytes:
    """A request around an event that is JSON text already, so that it is not read and written once more."""
    context = b',"client_context":' + client_context if client_context else b""
    return b'{"request_id":"%s"%s,"event":%s}' % (request_id.encode(), context, payload)


def result_body(request_id: str, payload: bytes) -> bytes:
    """The answer around a result that is JSON text already; `result_of` takes it out again."""
    return _RESULT % request_id.encode() + payload + b"}"


def result_of(body: bytes, request_id: str) -> bytes | None:
    """The result's JSON text; None where the message is another one, or the answer to another request."""
    beginning = _RESULT % request_id.encode()
    return body[len(beginning) : -1] if body.startswith(beginning) else None


def decode(body: bytes) -> dict[str, object]:
    """The message of a frame's body. Raises FrameError where it is no object."""
    message = _from_json(body)
    if not isinstance(message, dict):
        raise FrameError(f"a frame holds an object, not {type(message).__name__}")
    return message


def length_of(head: bytes) -> int:
    """How long the body is that follows these four bytes. Raises FrameError where that is over 64 MiB."""
    (length,) = _LENGTH.unpack(head)
    if length > FRAME_BYTES_MAX:
        raise FrameError(f"a frame of {length} bytes was announced, which is more than {FRAME_BYTES_MAX}")
    return int(length)


def send(channel: socket.socket, frame: bytes, deadline_s: float | None = None) -> None:
    """Send a whole frame. Raises TimeoutError at the deadline (monotonic seconds), OSError where nobody listens."""
    channel.settimeout(_left_s(deadline_s))
    channel.sendall(frame)


def receive(channel: socket.socket, deadline_s: float | None = None) -> dict[str, object]:
    """The next message, an object.

    Raises FrameEndError where the other side is gone, TimeoutError at the deadline (monotonic seconds), and FrameError
    for anything that is not a frame.
    """
    length = length_of(_exactly(channel, HEAD_BYTES, deadline_s, begun=False))
    return decode(_exactly(channel, length, deadline_s, begun=True))


def is_readable(channel: socket.socket, seconds: float | None) -> bool:
    """Wait at most so long (None: for ever) for something to read, the other side's end included."""
    readable = select.poll()
    readable.register(channel, select.POLLIN)
    return bool(readable.poll(None if seconds is None else seconds * 1000))


def _exactly(channel: socket.socket, size: int, deadline_s: float | None, *, begun: bool) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        _wait(channel, deadline_s)
        try:
            part = channel.recv(min(size - len(parts), _READ_BYTES_MAX))
        except ConnectionResetError:  # it went with something of ours unread
            part = b""
        if not part:
            raise FrameEndError(begun=begun or bool(parts))
        parts += part
    return bytes(parts)


def _wait(channel: socket.socket, deadline_s: float | None) -> None:
    """Return once there is something to read.

    What is there already counts also after the deadline: a process that was stopped (SIGSTOP) and goes on finds its
    answer in the socket, and the time it slept is not the other side's.
    """
    if not is_readable(channel, _left_s(deadline_s)) and not is_readable(channel, 0):
        raise TimeoutError("no frame came in time")
    channel.settimeout(None)


def _left_s(deadline_s: float | None) -> float | None:
    # Never 0, which would mean a socket that does not wait at all and fails in another way.
    return None if deadline_s is None else max(deadline_s - time.monotonic(), 0.001)


def to_json(message: object) -> bytes:
    """The message as JSON text. Raises FrameError for one that JSON cannot tell."""
    try:
        return orjson.dumps(message)
    except TypeError:
        pass  # whole numbers over 64 bits, halves of surrogate pairs, deep nesting: what json can and orjson cannot
    try:
        return json.dumps(message).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise FrameError(f"it cannot be told in JSON: {error}") from error


def _from_json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"it is not JSON: {error}") from error
