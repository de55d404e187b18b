"""The last minutes of samples, in little memory: of each but the first only what changed."""

import threading
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from sys import intern

import orjson

from local.observing.series import Sample

KEPT_S = 900.0


class Recorder:
    """Keeps what `add` was given for the last `kept_s` seconds. One thread adds; any thread asks."""

    def __init__(self, started: float, every_s: float, kept_s: float = KEPT_S) -> None:
        """`started`: when the system was, in seconds since the epoch."""
        self._started = started
        self._every_s = every_s
        self._kept_s = kept_s
        self._newest: dict[str, float] = {}
        self._samples: deque[tuple[float, dict[str, float]]] = deque()
        self._lock = threading.Lock()

    def add(self, sample: Sample) -> None:
        """Keep the sample, and let go of those that are too old; the oldest left is completed by what went before.

        One that is no later than the last is left out: a clock was set back, and nothing grows in no time.
        """
        if self._samples and sample.at <= self._samples[-1][0]:
            return
        # Interned: the samples share the names, which are the most of them.
        changed = {intern(key): value for key, value in sample.values.items() if self._newest.get(key) != value}
        self._newest.update(changed)
        with self._lock:
            self._samples.append((sample.at, changed))
            while len(self._samples) > 1 and self._samples[1][0] < sample.at - self._kept_s:
                _, oldest = self._samples.popleft()
                at, following = self._samples.popleft()
                self._samples.appendleft((at, {**oldest, **following}))

    def answer(self, since: float = 0.0) -> bytes:
        """The JSON of `GET /history`, see `local.observing.series`; `since` in seconds since the epoch."""
        with self._lock:
            kept = list(self._samples)
        first = next((place for place, (at, _) in enumerate(kept) if at >= since), len(kept))
        samples = [_written(at, values) for at, values in kept[first:]]
        if samples:
            samples[0] = _written(kept[first][0], _merged(kept[: first + 1]))
        return orjson.dumps(
            {
                "now": _moment(datetime.now(UTC)),
                "started": _moment(datetime.fromtimestamp(self._started, UTC)),
                "every_seconds": self._every_s,
                "samples": samples,
            }
        )


def _written(at: float, values: Mapping[str, float]) -> dict[str, object]:
    return {"at": at, "values": values}


def _merged(samples: list[tuple[float, dict[str, float]]]) -> dict[str, float]:
    merged: dict[str, float] = {}
    for _, values in samples:
        merged.update(values)
    return merged


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
