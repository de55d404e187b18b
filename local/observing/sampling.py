"""The value of every series at this moment, read from the files that prometheus_client keeps for each process.

Read from the files and not asked over HTTP: what asks for metrics would show up in them.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import Metric

from local.environment.log import log
from local.observing.series import OBSERVER, Sample, write_key
from metrics.exposition import collect


class Sampler:
    """Reads the services' folders below `folder`. One whose files cannot be read is left out, and told of once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unreadable: set[str] = set()

    def take(self, own: Iterable[Metric]) -> Sample:
        """What the folders hold now, and what the observer itself has measured."""
        values: dict[str, float] = {}
        folders = self._folder.iterdir() if self._folder.is_dir() else ()
        for service in sorted(path for path in folders if path.is_dir()):
            _add(values, _values(self._read(service), service.name))
        _add(values, _values(own, OBSERVER))
        return Sample(time.time(), values)

    def _read(self, service: Path) -> Iterable[Metric]:
        try:
            found = list(collect(service).collect())
        except Exception as error:  # noqa: BLE001 (a damaged file fails in prometheus_client in many ways)
            if service.name not in self._unreadable:
                log("warning", "the metrics of a service cannot be read", service=service.name, reason=repr(error))
            self._unreadable.add(service.name)
            return []
        self._unreadable.discard(service.name)
        return found


def _add(values: dict[str, float], found: Iterator[tuple[str, float]]) -> None:
    """Two folders may tell of one service: what both have counted is one number."""
    for key, value in found:
        values[key] = values.get(key, 0.0) + value


def _values(metrics: Iterable[Metric], service: str) -> Iterator[tuple[str, float]]:
    """Names are unique over all services: what does not say whose it is gets the label `service`."""
    for metric in metrics:
        for sample in metric.samples:
            yield write_key(sample.name, {"service": service, **sample.labels}), float(sample.value)
