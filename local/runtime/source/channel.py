"""Our end of an environment's socket on the event loop: frames go out, frames come in one at a time."""

import asyncio
import socket
from collections import deque

from local.environment.worker import frames


class ChannelClosedError(Exception):
    """The other side is gone, or sent what is no frame."""


class Channel(asyncio.Protocol):
    """Made by `open_channel`. `receive` is called by one task at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._buffer = bytearray()
        self._bodies: deque[bytes] = deque()
        self._waiting: asyncio.Future[bytes] | None = None
        self._reason = ""
        self.closed = asyncio.get_running_loop().create_future()
        """Done once the other side is gone."""

    @property
    def is_open(self) -> bool:
        """Whether something can be sent."""
        return not self._reason

    def send(self, frame: bytes) -> None:
        """Send a whole frame; the transport keeps what the socket does not take at once. Raises ChannelClosedError."""
        if self._reason or self._transport is None:
            raise ChannelClosedError(self._reason or "not open")
        self._transport.write(frame)

    async def receive(self) -> bytes:
        """The body of the next frame. Raises ChannelClosedError."""
        if self._bodies:
            return self._bodies.popleft()
        if self._reason:
            raise ChannelClosedError(self._reason)
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            return await self._waiting
        finally:
            self._waiting = None

    def take(self, beginning: bytes) -> bytes | None:
        """The body of the next frame where it is there already and begins so."""
        return self._bodies.popleft() if self._bodies and self._bodies[0].startswith(beginning) else None

    @property
    def has_more(self) -> bool:
        """Whether a frame is there that nobody waited for."""
        return bool(self._bodies)

    def close(self) -> None:
        """Hang up: the other side reads the end once it has read what was sent."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's: the channel stands."""
        assert isinstance(transport, asyncio.WriteTransport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]  # uvloop's is one by its methods only

    def data_received(self, data: bytes) -> None:
        """Asyncio's: a part of a frame, or several."""
        self._buffer += data
        try:
            while (body := self._next_body()) is not None:
                self._deliver(body)
        except frames.FrameError as error:
            self._fail(str(error))
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Asyncio's: the other side is gone."""
        self._fail(str(error or "its process ended"))
        if not self.closed.done():
            self.closed.set_result(None)

    def _next_body(self) -> bytes | None:
        if len(self._buffer) < frames.HEAD_BYTES:
            return None
        end = frames.HEAD_BYTES + frames.length_of(bytes(self._buffer[: frames.HEAD_BYTES]))
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[frames.HEAD_BYTES : end])
        del self._buffer[:end]
        return body

    def _deliver(self, body: bytes) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(body)
        else:
            self._bodies.append(body)

    def _fail(self, reason: str) -> None:
        self._reason = self._reason or reason
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ChannelClosedError(self._reason))


async def open_channel(ours: socket.socket) -> Channel:
    """Put our end of a socket pair on the running event loop."""
    ours.setblocking(False)
    _, channel = await asyncio.get_running_loop().create_connection(Channel, sock=ours)
    return channel
