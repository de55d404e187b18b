"""Prometheus text, summed over processes, and OpenMetrics for who asks for it: that has exemplars."""

import os
import subprocess
import sys
from pathlib import Path

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics

from metrics.catalog import EVENT_DELIVERY_DURATION
from metrics.exposition import collect, render
from metrics.instruments import exemplar_of

LAYER = Path(__file__).parents[3] / "layers/metrics/python"
COUNTING = """
import sys
from metrics.catalog import CLAIMS_CREATED, LOG_MEMORY_RATIO, QUERY_DURATION
from metrics.instruments import exemplar_of
number = int(sys.argv[1])
CLAIMS_CREATED.labels("billing_error").inc(number)
for _ in range(number):
    QUERY_DURATION.labels("search").observe(0.02, exemplar_of("trace_xyz789"))
LOG_MEMORY_RATIO.set(number / 10)
"""
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def test_who_asks_for_openmetrics_is_led_from_a_bucket_to_a_request() -> None:
    EVENT_DELIVERY_DURATION.labels("tried", "ReclamationCreee").observe(0.02, exemplar_of("trace_xyz789"))
    told = render(f"{OPENMETRICS},text/plain;q=0.5")
    assert told.content_type.startswith(OPENMETRICS)
    found = [
        sample.exemplar.labels
        for family in read_openmetrics(told.text)  # type: ignore[no-untyped-call]
        for sample in family.samples
        if sample.labels.get("service") == "tried" and sample.exemplar is not None
    ]
    assert found == [{"correlation_id": "trace_xyz789"}]


def test_anybody_else_is_told_in_prometheus_text() -> None:
    told = render("text/html")
    assert told.content_type.startswith("text/plain; version=")
    assert "# EOF" not in told.text


def test_an_id_that_is_too_long_for_an_exemplar_is_left_out() -> None:
    assert exemplar_of("x" * 128) is None
    EVENT_DELIVERY_DURATION.labels("long", "ReclamationCreee").observe(0.02, exemplar_of("x" * 114))


def test_processes_of_one_service_are_told_as_one(tmp_path: Path) -> None:
    for number in (1, 5, 3):  # one after another: the last one's gauge counts
        subprocess.run(
            [sys.executable, "-c", COUNTING, str(number)],
            env={**os.environ, "PYTHONPATH": str(LAYER), "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
            check=True,
        )
    told = collect(tmp_path)
    query = {"query_type": "search"}
    assert told.get_sample_value("claims_created_total", {"claim_type": "billing_error"}) == 9
    assert told.get_sample_value("query_duration_seconds_count", query) == 9
    assert told.get_sample_value("query_duration_seconds_bucket", {**query, "le": "0.025"}) == 9
    assert told.get_sample_value("query_duration_seconds_bucket", {**query, "le": "0.01"}) == 0
    assert told.get_sample_value("log_memory_ratio") == 0.3
