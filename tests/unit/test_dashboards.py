"""What Prometheus scrapes and Grafana shows, beside the metrics and the parts that there are."""

import importlib.util
import json
import re
from typing import Any

import yaml
from prometheus_client.metrics import MetricWrapperBase

from local.paths import ROOT
from metrics import catalog

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
PROMETHEUS: dict[str, Any] = yaml.safe_load((ROOT / "infra/prometheus/prometheus.yml").read_text("utf-8"))
DASHBOARDS = sorted((ROOT / "infra/grafana/dashboards").glob("*.json"))
FUNCTIONS = {"sum", "max", "rate", "increase", "count", "vector", "histogram_quantile", "by", "le", "or"}
PROMETHEUS_OWN = {"up"}


def test_every_part_is_scraped_once_a_place() -> None:
    targets = [
        target for job in PROMETHEUS["scrape_configs"] for one in job["static_configs"] for target in one["targets"]
    ]
    parts = [name for name, service in COMPOSE["services"].items() if service.get("command", [""])[0] == "serve"]
    silent = {"migrate", "sms", "lab6"}
    assert {target.partition(":")[0] for target in targets} == set(parts) - silent


def test_a_scraped_port_is_the_one_that_the_part_listens_on() -> None:
    for job in PROMETHEUS["scrape_configs"]:
        for target in (target for one in job["static_configs"] for target in one["targets"]):
            name, _, port = target.partition(":")
            assert COMPOSE["services"][name]["healthcheck"]["test"][-1] == port


def test_the_dashboards_show_metrics_that_exist_by_labels_that_they_have() -> None:
    known = known_samples()
    for expression in expressions():
        for name in re.findall(r"\b[a-z][a-z_]+(?=\{|\[|\))", expression):
            assert name in known or name in FUNCTIONS | PROMETHEUS_OWN | all_labels(), f"{name} in {expression}"
        grouped = re.findall(r"by \(([^)]*)\)", expression)
        labels = {label.strip() for group in grouped for label in group.split(",")}
        assert labels <= all_labels() | {"le"}, expression


def test_there_is_a_dashboard_and_grafana_finds_it() -> None:
    mounted = COMPOSE["services"]["grafana"]["volumes"]
    provider = yaml.safe_load((ROOT / "infra/grafana/provisioning/dashboards/recours.yml").read_text())["providers"][0]
    assert f"./infra/grafana/dashboards:{provider['options']['path']}:ro" in mounted
    assert [file.name for file in DASHBOARDS] == ["overview.json"]


def test_every_panel_asks_the_data_source_that_is_provisioned() -> None:
    source = yaml.safe_load((ROOT / "infra/grafana/provisioning/datasources/prometheus.yml").read_text())
    uid = source["datasources"][0]["uid"]
    for panel in panels():
        assert panel["datasource"]["uid"] == uid
        assert all(target["datasource"]["uid"] == uid for target in panel["targets"])


def test_no_two_panels_cover_each_other() -> None:
    cells = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in panels()
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def panels() -> list[dict[str, Any]]:
    return [panel for file in DASHBOARDS for panel in json.loads(file.read_text())["panels"]]


def expressions() -> list[str]:
    return [target["expr"] for panel in panels() for target in panel["targets"]]


def known_samples() -> set[str]:
    """The names under which the samples of our metrics are written."""
    samples: set[str] = set()
    for metric in our_metrics():
        name, kind = metric._name, metric._type
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(str(kind), [""])
        samples |= {f"{name}{suffix}" for suffix in suffixes}
    return samples


def all_labels() -> set[str]:
    return {label for metric in our_metrics() for label in metric._labelnames}


def our_metrics() -> list[MetricWrapperBase]:
    assert importlib.util.find_spec("metrics") is not None
    return [value for value in vars(catalog).values() if isinstance(value, MetricWrapperBase)]
