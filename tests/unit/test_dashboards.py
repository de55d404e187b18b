"""What Prometheus scrapes and Grafana shows, beside the metrics and the parts that there are."""

import json
import re
import runpy
import shutil
import subprocess
from collections import defaultdict
from typing import Any

import pytest
import yaml

from local.paths import ROOT
from tests.metric_names import (
    OF_EVERY_TARGET,
    alerts,
    expressions_of,
    known_samples,
    panel_expressions,
    rule_expressions,
)
from tests.promql import asked

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
PROMETHEUS: dict[str, Any] = yaml.safe_load((ROOT / "infra/prometheus/prometheus.yml").read_text("utf-8"))
DASHBOARDS = sorted((ROOT / "infra/grafana/dashboards").glob("*.json"))
RULE_TESTS = sorted((ROOT / "infra/prometheus/tests").glob("*.yml"))
PROMTOOL = shutil.which("promtool")


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


@pytest.mark.parametrize("expression", [*panel_expressions(), *rule_expressions()])
def test_panels_and_rules_name_metrics_that_exist_by_labels_that_they_have(expression: str) -> None:
    known = known_samples()
    selectors = asked(expression)
    assert selectors or expression == "vector(0)"
    for selector in selectors:
        assert selector.name in known, f"there is no {selector.name}"
        assert selector.labels <= known[selector.name] | OF_EVERY_TARGET, f"{selector} in {expression}"


def test_the_dashboards_are_what_their_description_makes() -> None:
    """`python infra/grafana/generate.py` makes them again."""
    made = runpy.run_path(str(ROOT / "infra/grafana/generate.py"))["dashboards"]()
    assert {file.name: file.read_text("utf-8") for file in DASHBOARDS} == made


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("events.json", ["events_published_total", "event_delivery_duration_seconds_bucket", "stream_parked_events"]),
        ("business.json", ["claims_created_by_urgency_total", "claims_in_status", "audit_entries_created_total"]),
        ("cqrs.json", ["projections_updated_total", "query_duration_seconds_bucket", "snapshots_created_total"]),
        ("operation.json", ["lambda_environments", "lambda_cold_starts_total", "store_up", "verify_findings"]),
    ],
)
def test_each_dashboard_has_what_it_is_called_after(file: str, names: list[str]) -> None:
    [dashboard] = [one for one in DASHBOARDS if one.name == file]
    assert set(names) <= {one.name for text in expressions_of(dashboard) for one in asked(text)}


def test_there_are_dashboards_and_grafana_finds_them() -> None:
    mounted = COMPOSE["services"]["grafana"]["volumes"]
    provider = yaml.safe_load((ROOT / "infra/grafana/provisioning/dashboards/recours.yml").read_text())["providers"][0]
    assert f"./infra/grafana/dashboards:{provider['options']['path']}:ro" in mounted
    assert "./infra/prometheus/rules:/etc/prometheus/rules:ro" in COMPOSE["services"]["prometheus"]["volumes"]


def test_every_panel_asks_the_data_source_that_is_provisioned() -> None:
    source = yaml.safe_load((ROOT / "infra/grafana/provisioning/datasources/prometheus.yml").read_text())
    uid = source["datasources"][0]["uid"]
    for panel in panels():
        assert panel["datasource"]["uid"] == uid
        assert all(target["datasource"]["uid"] == uid for target in panel["targets"])


def test_no_two_panels_of_a_dashboard_cover_each_other() -> None:
    for file in DASHBOARDS:
        places = [panel["gridPos"] for panel in json.loads(file.read_text())["panels"]]
        cells = [(at["x"] + x, at["y"] + y) for at in places for x in range(at["w"]) for y in range(at["h"])]
        assert len(set(cells)) == len(cells)
        assert max(x for x, _ in cells) < 24


def test_each_alert_says_how_bad_it_is_and_leads_to_what_to_do() -> None:
    headings = re.findall(r"^### (\w+)$", (ROOT / "docs/operating.md").read_text("utf-8"), re.MULTILINE)
    for alert in alerts():
        assert alert["labels"]["severity"] in ("warning", "critical")
        assert alert["annotations"]["runbook"] == f"docs/operating.md#{alert['alert'].lower()}"
        assert alert["annotations"].keys() == {"summary", "description", "runbook"}
        assert alert["alert"] in headings
    named = {alert["alert"] for alert in alerts()}
    assert set(headings) & named == set(headings[headings.index("SubscriberLagging") :])


def test_each_alert_is_tested_both_ways() -> None:
    tests = [test for file in RULE_TESTS for test in yaml.safe_load(file.read_text("utf-8"))["tests"]]
    expected: defaultdict[str, list[int]] = defaultdict(list)
    for one in (one for test in tests for one in test["alert_rule_test"]):
        expected[one["alertname"]].append(len(one["exp_alerts"]))
    assert expected == {alert["alert"]: [1, 0] for alert in alerts()}


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: apt-get install prometheus)")
@pytest.mark.parametrize("what", [["check", "config", "laptop.yml"], ["test", "rules", *sorted(map(str, RULE_TESTS))]])
def test_promtool_agrees(what: list[str]) -> None:
    folder = ROOT / "infra/prometheus"
    done = subprocess.run([str(PROMTOOL), *what], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def panels() -> list[dict[str, Any]]:
    return [panel for file in DASHBOARDS for panel in json.loads(file.read_text())["panels"]]
