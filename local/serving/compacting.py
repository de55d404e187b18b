"""A container that runs for weeks keeps the files of its dead environments few by itself: nobody else sees them."""

import threading
from pathlib import Path

from local.observing.compacting import compact_below

_EVERY_S = 60.0


class Compacting:
    """Looks after the folders of metrics below `folder` in a thread of its own, until `close`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="compacting", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End, once what was begun is done."""
        self._stop.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._stop.wait(_EVERY_S):
            compact_below(self._folder)
