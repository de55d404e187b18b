"""The event store and the audit service on the server: a batch goes in through the handler, answers come out."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from chalice.test import Client

from envelope import utc_now
from functions.audit import app as audit_app
from functions.audit import bootstrap as audit_bootstrap
from functions.audit import events as audit_events
from functions.audit.recording import Recording
from functions.audit.service import Audit
from functions.event_store import app as event_store_app
from functions.event_store import bootstrap as event_store_bootstrap
from functions.event_store import events as event_store_events
from functions.event_store.archiving import Archiving
from functions.event_store.service import EventHistory
from repositories.mongo.archive import MongoArchive
from repositories.mongo.audit_trail import MongoAuditTrail
from repositories.mongo.client import client_for
from repositories.mongo.snapshots import MongoSnapshots
from tests.contract.histories import batch_of, lives

ROOT = Path(__file__).parents[3]
DONE = {"batchItemFailures": []}  # type: ignore[var-annotated]


@pytest.fixture
def event_store(mongo_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The service with a database of its own."""
    database, client = f"test_{uuid4().hex}", client_for(mongo_url)
    archiving = Archiving(MongoArchive(client, database))
    history = EventHistory(MongoArchive(client, database), MongoSnapshots(client, database))
    monkeypatch.setattr(event_store_bootstrap, "archiving", lambda: archiving)
    monkeypatch.setattr(event_store_bootstrap, "service", lambda: history)
    with Client(event_store_app.app) as http:
        yield http


@pytest.fixture
def audit(mongo_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """The service with a database of its own."""
    trail = MongoAuditTrail(client_for(mongo_url), f"test_{uuid4().hex}")
    monkeypatch.setattr(audit_bootstrap, "recording", lambda: Recording(trail, utc_now))
    monkeypatch.setattr(audit_bootstrap, "service", lambda: Audit(trail))
    with Client(audit_app.app) as http:
        yield http


def call(client: Client, method: str, path: str) -> tuple[int, Any]:
    response = client.http.request(method, path, headers={"Content-Type": "application/json"})
    return response.status_code, json.loads(response.body)


def test_what_goes_in_by_the_stream_is_replayed(event_store: Client) -> None:
    events = lives(3)
    assert event_store_events.handler(batch_of(events), None) == DONE
    assert event_store_events.handler(batch_of(events, delivery_count=2), None) == DONE
    status, whole = call(event_store, "GET", "/replay/claim_2")
    assert (status, whole["reconstructed_state"]["status"], whole["events_count"]) == (200, "closed", 5)
    assert whole["events"] == [event.model_dump(mode="json") for event in events[5:10]]
    status, partial = call(event_store, "GET", f"/replay/claim_2?up_to_timestamp={whole['events'][2]['timestamp']}")
    assert (partial["reconstructed_state"]["status"], partial["events_count"]) == ("in_progress", 3)


def test_a_snapshot_on_the_server_changes_nothing_but_its_own_field(event_store: Client) -> None:
    events = lives(1)
    event_store_events.handler(batch_of(events[:3]), None)
    assert call(event_store, "POST", "/snapshots/claim_1")[0] == 201
    event_store_events.handler(batch_of(events[3:]), None)
    status, helped = call(event_store, "GET", "/replay/claim_1")
    assert (status, helped.pop("snapshot_version")) == (200, 3)
    _, short = call(event_store, "GET", "/replay/claim_1?include_events=false")
    assert short["reconstructed_state"] == helped["reconstructed_state"]
    assert [entry["status"] for entry in helped["reconstructed_state"]["history"]][-1] == "closed"
    assert len(helped["events"]) == 5
    assert call(event_store, "GET", "/snapshots")[1]["count"] == 1
    assert call(event_store, "GET", "/statistics")[1]["snapshots"] == 1


def test_no_answer_shows_how_the_store_keeps_it(event_store: Client, audit: Client) -> None:
    events = lives(2)
    event_store_events.handler(batch_of(events), None)
    audit_events.handler(batch_of(events, "audit-service"), None)
    call(event_store, "POST", "/snapshots/claim_1")
    for client, paths in (
        (event_store, ("/events", "/replay/claim_1", "/snapshots/claim_1", "/snapshots", "/statistics")),
        (audit, ("/audit", "/audit/claims/claim_1", "/audit/stats", "/audit/performance")),
    ):
        for path in paths:
            status, answer = call(client, "GET", path)
            assert status == 200
            assert "_id" not in keys_of(answer)
            assert all(text.endswith("Z") for text in times_of(answer))


def test_the_audit_trail_holds_every_event_once(audit: Client) -> None:
    events = lives(3)
    for delivery in (1, 2):
        assert audit_events.handler(batch_of(events, "audit-service", delivery), None) == DONE
    assert call(audit, "GET", "/audit/stats")[1]["total_entries"] == 15
    status, trail = call(audit, "GET", "/audit/claims/claim_3")
    assert (status, [entry["version"] for entry in trail["audit_trail"]]) == (200, [1, 2, 3, 4, 5])
    assert call(audit, "GET", "/audit/performance")[1]["sample_size"] == 15


@pytest.mark.parametrize("service", ["event_store", "audit"])
def test_a_service_is_built_from_its_environment_and_ready(service: str, mongo_url: str) -> None:
    code = (
        f"from functions.{service} import app, bootstrap, events\n"
        "bootstrap.ping_mongo(); bootstrap.service()\n"
        "getattr(bootstrap, 'archiving', None) or bootstrap.recording()\n"
    )
    run_python(code, MONGO_URL=mongo_url)


def test_the_archiving_subscriber_needs_no_claim_domain(mongo_url: str) -> None:
    code = (
        "import sys\n"
        "from functions.event_store import bootstrap, events\n"
        "bootstrap.archiving()\n"
        "assert 'claim_domain' not in sys.modules, 'deployed without that layer'\n"
    )
    run_python(code, MONGO_URL=mongo_url)


def run_python(code: str, **environment: str) -> None:
    paths = [str(ROOT), *(str(path) for path in (ROOT / "layers").glob("*/python"))]
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": ":".join(paths), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys_of(each) for each in value.values()))
    return set().union(*(keys_of(each) for each in value)) if isinstance(value, list) else set()


def times_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        found = [each for name, each in value.items() if name.endswith(("timestamp", "_at")) and isinstance(each, str)]
        return found + [text for each in value.values() for text in times_of(each)]
    return [text for each in value for text in times_of(each)] if isinstance(value, list) else []
