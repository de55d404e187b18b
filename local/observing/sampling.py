"""The value of every series at this moment, read from the files that prometheus_client keeps for each process.

Read from the files and not asked over HTTP: what asks for metrics would show up in them.
"""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client import Metric

from local.observing.series import Sample, write_key
from metrics.exposition import collect


def take_sample(folder: Path, own: Iterable[Metric]) -> Sample:
    """What the services' folders below `folder` hold, and what the observer itself has measured."""
    values: dict[str, float] = {}
    for service in sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else ():
        _add(values, _values(collect(service).collect(), service.name))
    _add(values, _values(own, None))
    return Sample(time.time(), values)


def _add(values: dict[str, float], found: Iterator[tuple[str, float]]) -> None:
    """Two folders may tell of one service: what both have counted is one number."""
    for key, value in found:
        values[key] = values.get(key, 0.0) + value


def _values(metrics: Iterable[Metric], service: str | None) -> Iterator[tuple[str, float]]:
    """Names are unique over all services: what does not say whose it is gets the label `service`."""
    for metric in metrics:
        for sample in metric.samples:
            labels = sample.labels if service is None else {"service": service, **sample.labels}
            yield write_key(sample.name, labels), float(sample.value)
