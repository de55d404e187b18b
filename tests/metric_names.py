"""Which metrics there are, and which the dashboards and the alert rules name."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.metrics import MetricWrapperBase

from local.observing import catalog as observed
from local.paths import ROOT
from local.runtime import metrics as runtime
from local.verify.measures import Measures
from metrics import catalog
from metrics.instruments import Counter, Gauge, Histogram

# What Prometheus itself adds to each sample that it reads.
OF_EVERY_TARGET = frozenset({"job", "instance", "service"})
# What Prometheus itself makes.
_OF_PROMETHEUS = {"up": frozenset[str](), "ALERTS": frozenset({"alertname", "alertstate", "severity"})}


def known_samples() -> dict[str, frozenset[str]]:
    """The labels of every sample that we write, by its name."""
    return dict(_OF_PROMETHEUS) | dict(_ours()) | dict(_of_verify())


def panel_expressions() -> list[str]:
    """What the panels of all dashboards ask."""
    return [
        text for file in sorted((ROOT / "infra/grafana/dashboards").glob("*.json")) for text in expressions_of(file)
    ]


def expressions_of(dashboard: Path) -> list[str]:
    """What one dashboard asks."""
    panels = json.loads(dashboard.read_text("utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def rule_expressions() -> list[str]:
    """What the alert rules ask."""
    return [alert["expr"] for alert in alerts()]


def alerts() -> list[Mapping[str, Any]]:
    """Every alert rule."""
    files = sorted((ROOT / "infra/prometheus/rules").glob("*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text("utf-8"))["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def _ours() -> Iterator[tuple[str, frozenset[str]]]:
    for module in (catalog, runtime, observed):
        for one in vars(module).values():
            if isinstance(one, Histogram):
                labels = frozenset(one.label_names)
                yield from ((f"{one.name}_count", labels), (f"{one.name}_sum", labels))
                yield f"{one.name}_bucket", labels | {"le"}
            elif isinstance(one, Counter | Gauge):
                yield one.name, frozenset(one.label_names)


def _of_verify() -> Iterator[tuple[str, frozenset[str]]]:
    for one in vars(Measures()).values():
        if isinstance(one, MetricWrapperBase):
            yield one._name, frozenset(one._labelnames)
