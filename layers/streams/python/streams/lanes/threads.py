"""Lanes side by side, each in a thread of its own."""

import threading
from collections.abc import Callable, Sequence

from streams.lanes.report import PollReport
from streams.lanes.runner import LaneRunner

WAIT_S_MAX = 0.5


class LaneThreads:
    """Runs lanes until stopped. What a lane raises is raised by `check`, in the thread that reads."""

    def __init__(
        self, lanes: Sequence[LaneRunner], observe: Callable[[PollReport], None], is_late: Callable[[], bool]
    ) -> None:
        """Once `is_late`, no lane begins another turn: what it holds may be another consumer's by now."""
        self._lanes = lanes
        self._is_late = is_late
        self._observe = observe
        self._stopped = threading.Event()
        self._error: BaseException | None = None
        self._threads = [threading.Thread(target=self._run, args=[lane], name="lane", daemon=True) for lane in lanes]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def check(self) -> None:
        """Raise what ended a lane."""
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Return once every lane has finished the invocation it is in."""
        self._stopped.set()
        for lane in self._lanes:
            with lane.changed:
                lane.changed.notify()
        for thread in self._threads:
            thread.join()

    def _run(self, lane: LaneRunner) -> None:
        try:
            while not self._stopped.is_set() and not self._is_late():
                report = lane.turn()
                if report.attempted or report.parked:
                    self._observe(report)
                else:
                    self._wait(lane)
        except BaseException as error:  # noqa: BLE001 (raised again by `check`: no lane ends unheard)
            self._error = error

    def _wait(self, lane: LaneRunner) -> None:
        with lane.changed:
            due_s = lane.next_due_s()
            if not self._stopped.is_set() and (due_s is None or due_s > 0):
                lane.changed.wait(WAIT_S_MAX if due_s is None else min(due_s, WAIT_S_MAX))
