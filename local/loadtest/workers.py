"""Several threads that work through one list."""

import threading
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")


def work_through(items: Iterable[Item], threads: int, make_worker: Callable[[], Callable[[Item], None]]) -> None:
    """Give each item to one of the workers; each thread makes its own. Returns when all is done.

    The first exception ends the others after the item they are at, and is raised.
    """
    queue: SimpleQueue[Item] = SimpleQueue()
    for item in items:
        queue.put(item)
    stop = threading.Event()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            _drain(queue, stop, make_worker())
        except BaseException as error:  # noqa: BLE001 (raised by the caller's thread)
            errors.append(error)
            stop.set()

    running = [threading.Thread(target=run, daemon=True) for _ in range(threads)]
    for thread in running:
        thread.start()
    try:
        for thread in running:
            thread.join()
    finally:
        stop.set()  # Ctrl-C: the threads end after their item
    if errors:
        raise errors[0]


def _drain(queue: "SimpleQueue[Item]", stop: threading.Event, worker: Callable[[Item], None]) -> None:
    while not stop.is_set():
        try:
            item = queue.get_nowait()
        except Empty:
            return
        worker(item)
