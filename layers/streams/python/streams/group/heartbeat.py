"""While a batch is worked, other consumers are kept off what is pending with us."""

import logging
import threading
import time

from redis.exceptions import RedisError

from streams.group.source import GroupSource

logger = logging.getLogger(__name__)


class Heartbeat:
    """Beats in a thread of its own, for as long as the function may take.

    It goes by the machine's time and not by the poller's clock: it answers to what other processes see on the server.
    """

    def __init__(self, source: GroupSource, idle_ms_min: int) -> None:
        """`idle_ms_min`: after so many milliseconds without a beat others may take over."""
        self._source = source
        self._every_s = idle_ms_min / 4000
        self._lost_after_s = idle_ms_min / 2000
        self._beaten_at_s = time.monotonic()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def was_late(self) -> bool:
        """Whether others may have taken over meanwhile: this process stood still, or the server did not answer."""
        return time.monotonic() - self._beaten_at_s > self._lost_after_s

    def beat(self) -> None:
        """Tell now. Raises redis.exceptions.RedisError."""
        now_s = time.monotonic()  # asked before: who stands still between the two must see that it did
        self._source.keep_alive()
        self._beaten_at_s = now_s

    def start(self) -> None:
        """Begin to beat."""
        self._beaten_at_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Return once the thread is over."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            if self.was_late:
                return  # the poller looks who has what, and starts another
            try:
                self.beat()
            except RedisError as error:  # the poller itself will find the server away
                logger.warning("no heartbeat", extra={"group": self._source.group, "error": str(error)})
