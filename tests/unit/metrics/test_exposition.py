"""Prometheus text, and OpenMetrics for who asks for it: that has exemplars."""

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics

from metrics.catalog import EVENT_DELIVERY_DURATION
from metrics.exposition import render
from metrics.instruments import exemplar_of

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def test_who_asks_for_openmetrics_is_led_from_a_bucket_to_a_request() -> None:
    EVENT_DELIVERY_DURATION.labels("tried", "ReclamationCreee").observe(0.02, exemplar_of("trace_xyz789"))
    told = render(f"{OPENMETRICS},text/plain;q=0.5")
    assert told.content_type.startswith(OPENMETRICS)
    found = [
        sample.exemplar.labels
        for family in read_openmetrics(told.text)
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
