"""A pool's environments start anew once a source file of theirs was saved."""

import threading

from local.environment.log import log
from local.environment.worker.pool import EnvironmentPool
from local.runtime.watching import LOOK_EVERY_S, SourceWatch


def reload_when_saved(pool: EnvironmentPool, function: str, stop: threading.Event) -> None:
    """Look after the pool's sources in a thread of its own until `stop`."""

    def look() -> None:
        watch = SourceWatch()
        while not stop.wait(LOOK_EVERY_S):
            if saved := watch.saved(pool.source_files, pool.started_ns):
                pool.reload()
                log("info", "reloaded", functions=[function], files=sorted(map(str, saved)))

    threading.Thread(target=look, name="sources", daemon=True).start()
