"""Every metric that a panel or an alert rule names is there, with its labels, and moves when something happens."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families as read_metrics

from local.observing.series import History, Sample, write_key
from local.paths import ROOT
from tests.metric_names import OF_EVERY_TARGET, panel_expressions, rule_expressions
from tests.promql import Asked, asked
from tests.system import RunningSystem, eventually, recours_command

SERVICES = (
    "gateway", "claims", "notification", "audit", "projection", "query", "event_store", "integration", "observer",
)  # fmt: skip
SETTLED_SECONDS_MAX = 20
# What Prometheus makes itself, and what is counted only once something has gone wrong.
MAKES_ITSELF = {"up", "ALERTS"}
ONLY_IN_TROUBLE = {"notifications_failed_total", "retention_stops_total", "log_trimmed_entries_total"}
# What a claim's life moves, wherever it stood before.
MOVING = (
    "events_published_total",
    "events_processed_total",
    "event_processing_duration_seconds_count",
    "event_delivery_duration_seconds_count",
    "claims_created_total",
    "claims_created_by_urgency_total",
    "claims_status_changes_total",
    "notifications_sent_total",
    "audit_entries_created_total",
    "projections_updated_total",
    "queries_executed_total",
    "query_duration_seconds_count",
    "replays_performed_total",
    "snapshots_created_total",
    "http_request_duration_seconds_count",
    "upstream_requests_total",
    "lambda_invocations_total",
    "lambda_invocation_duration_seconds_count",
    "lambda_invocation_wait_seconds_count",
    "process_cpu_used_seconds_total",
)
CLAIM = {
    "customer_id": "cust_12345",
    "claim_type": "billing_error",
    "description": "Facturé deux fois",
    "urgency": "critical",
    "customer": {"name": "Aline Roy", "email": "aline@example.com", "phone": "+15145550100"},
}


@pytest.fixture(scope="module")
def seen(system: RunningSystem) -> History:
    """All metrics before and after a claim's life, and what `verify --watch` found."""
    before = scrape(system)
    live(system)

    def now() -> History:
        return History([Sample(0.0, before), Sample(1.0, scrape(system))])

    with verifying(system) as verify_url:
        moved = eventually(now, lambda history: not standing_still(history), SETTLED_SECONDS_MAX)
        found = eventually(lambda: samples(verify_url, "verify"), bool, SETTLED_SECONDS_MAX)
    return History([Sample(0.0, before), Sample(1.0, {**moved.samples[-1].values, **found})])


def test_each_counter_moves_when_a_claim_goes_through_its_life(seen: History) -> None:
    assert standing_still(seen) == []


def test_what_a_panel_or_a_rule_names_is_there_with_its_labels(seen: History) -> None:
    wanted = set(chain.from_iterable(asked(text) for text in [*panel_expressions(), *rule_expressions()]))
    missing = [one for one in wanted if one.name not in MAKES_ITSELF | ONLY_IN_TROUBLE and not is_there(one, seen)]
    assert missing == []


def test_what_is_counted_is_what_was_done(seen: History) -> None:
    assert (seen.increase("claims_created_by_urgency_total", 10, urgency="critical") or 0) >= 1
    assert seen.increase("claims_status_changes_total", 10, from_status="resolved", to_status="closed") == 1
    assert seen.increase("snapshots_created_total", 10) == 1
    assert (seen.latest("claims_in_status", status="closed", claim_type="billing_error") or 0) >= 1
    assert (seen.increase("http_request_duration_seconds_count", 10, status="422") or 0) >= 1
    assert seen.latest("store_up") == 3
    assert seen.latest("process_up", process="gateway") == 1


def test_a_subscriber_that_stands_still_is_seen_to_be_behind(system: RunningSystem) -> None:
    def waiting() -> float:
        told = History([Sample(0.0, samples(system.url("observer"), "observer"))])
        return told.latest("stream_lag_events", group="audit-service") or 0

    pid = system.process("audit-poller").pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        httpx.post(system.url("claims") + "/claims", json=CLAIM, timeout=30).raise_for_status()
        assert eventually(waiting, bool, SETTLED_SECONDS_MAX) >= 1
    finally:
        os.kill(pid, signal.SIGCONT)
    assert eventually(waiting, lambda count: not count, SETTLED_SECONDS_MAX) == 0


def standing_still(history: History) -> list[str]:
    """What should have moved and did not yet."""
    subscribers = ("notification", "audit", "projection", "event_store")
    behind = [one for one in subscribers if (history.increase("events_processed_total", 10, service=one) or 0) < 5]
    return behind + [name for name in MOVING if not history.increase(name, 10)]


def is_there(one: Asked, history: History) -> bool:
    """Whether there are samples of that name, and values of those labels."""
    labels = one.labels - OF_EVERY_TARGET
    return history.knows(one.name) and all(history.label_values(one.name, label) for label in labels)


def live(system: RunningSystem) -> None:
    """A claim from its creation to its closing, one from an order, and each way to ask about them."""
    with httpx.Client(timeout=30) as client:

        def post(service: str, path: str, body: object = None) -> httpx.Response:
            answer = client.post(system.url(service) + path, json=body)
            answer.raise_for_status()
            return answer

        created = post("claims", "/claims", CLAIM).json()
        claim_id = created["claim_id"]
        post("claims", f"/claims/{claim_id}/assign", {"agent_id": "agent_smith"})
        post("claims", f"/claims/{claim_id}/start", {})
        post("claims", f"/claims/{claim_id}/resolve", {"resolution": "Remboursé"})
        closed = post("claims", f"/claims/{claim_id}/close", {}).json()
        order = {"order_id": "order_123", "claim_type": "delivery_issue", "description": "Perdu", "urgency": "high"}
        post("integration", "/integration/claims/from-order", order)
        assert client.post(system.url("claims") + "/claims", json={}).status_code == 422
        client.get(f"{system.url('query')}/claims/{claim_id}", params={"min_position": closed["position"]})
        archived = f"{system.url('event_store')}/replay/{claim_id}"
        eventually(lambda: client.get(archived).json().get("events_count"), lambda count: count == 5, 10)
        post("event_store", f"/snapshots/{claim_id}")


@contextmanager
def verifying(system: RunningSystem) -> Iterator[str]:
    """`verify --watch` beside the system; yields where its metrics are."""
    command = recours_command("verify", "--watch", "--interval", "1", "--metrics-port", "0", "--data", str(system.data))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            told = next(found for line in process.stdout if (found := re.search(r"http://\S+:\d+", line)))
            yield told[0]
        finally:
            process.terminate()


def scrape(system: RunningSystem) -> dict[str, float]:
    """Every sample of the whole system."""
    values: dict[str, float] = {}
    for service in SERVICES:
        for key, value in samples(system.url(service), service).items():
            values[key] = values.get(key, 0.0) + value
    return values


def samples(url: str, service: str) -> dict[str, float]:
    """The samples that one `/metrics` tells, by name and labels."""
    answer = httpx.get(f"{url.removesuffix('/metrics')}/metrics", timeout=30)
    answer.raise_for_status()
    found = chain.from_iterable(family.samples for family in read_metrics(answer.text))
    return {write_key(one.name, {"service": service, **one.labels}): one.value for one in found}
