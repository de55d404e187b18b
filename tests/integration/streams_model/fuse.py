"""A client that can die at any step of its talk with the server: before a command is sent, or once it was answered."""

from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.connection import Connection, ConnectionPool, parse_url
from redis.exceptions import ResponseError


class Fuse:
    """Counts steps; at the one it was set to, it blows. What blowing means is its owner's: an exception, a signal."""

    def __init__(self, blow: Callable[[], None]) -> None:
        self._blow = blow
        self._steps_left: int | None = None

    def set(self, step: int) -> None:
        """Blow at the `step`-th step from now, the first being 1."""
        self._steps_left = step

    def put_out(self) -> None:
        """Count no more."""
        self._steps_left = None

    def step(self) -> None:
        """One step was reached."""
        if self._steps_left is None:
            return
        self._steps_left -= 1
        if self._steps_left == 0:
            self._steps_left = None
            self._blow()


class FusedConnection(Connection):
    """Every command is two steps: not yet sent, and carried out by the server while nobody here knows it yet."""

    def __init__(self, *, fuse: Fuse, **options: Any) -> None:
        self._fuse = fuse
        super().__init__(**options)  # type: ignore[no-untyped-call]

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        """Send, unless the fuse blows before."""
        self._fuse.step()
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]

    def read_response(self, *arguments: Any, **options: Any) -> Any:
        """Read an answer, and keep it if the fuse blows: for who asked, it never came."""
        try:
            answer = super().read_response(*arguments, **options)
        except ResponseError:
            self._fuse.step()
            raise
        self._fuse.step()
        return answer


def fused_client(url: str, fuse: Fuse) -> Redis:
    """A client of the server at `url` whose connections go through the fuse."""
    where = parse_url(url)  # type: ignore[no-untyped-call]
    pool = ConnectionPool(connection_class=FusedConnection, fuse=fuse, **where)
    return Redis(connection_pool=pool)
