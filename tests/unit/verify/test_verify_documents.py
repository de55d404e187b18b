"""Archive, audit trail and notifications beside an event."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg import Error as PostgresError
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from envelope import Envelope, read_payload
from functions.audit import recording
from functions.notification.rules import contact_of, notifications_for
from local.verify.archive import compare_archived
from local.verify.audit import compare_audited
from local.verify.findings import Finding
from local.verify.judging import judged
from local.verify.moment import Moment
from local.verify.notifications import NotificationCheck
from repositories.mongo.archive_documents import to_document
from repositories.ports.contacts import Contact
from tests.unit.verify.looks import AGENTS, UNDONE, life, moment

Document = dict[str, Any]

CREATED, ASSIGNED = life()[:2]
CREATION: Any = read_payload(CREATED)
CONTACT: Contact = contact_of(CREATED.aggregate_id, CREATION)


def archived(event: Envelope = ASSIGNED) -> Document:
    return to_document(event)


def audited(event: Envelope = ASSIGNED) -> Document:
    return {"_id": event.event_id, **asdict(recording.entry_for(event, datetime(2030, 1, 1, tzinfo=UTC)))}


def notified(event: Envelope = ASSIGNED, **changes: Any) -> list[Document]:
    planned = notifications_for(event, read_payload(event), CONTACT, AGENTS, datetime(2030, 1, 1, tzinfo=UTC))
    documents = [asdict(replace(each, **{"status": "sent", **changes})) for each in planned]
    return [{"_id": each.pop("notification_id"), **each} for each in documents]


def in_archive(documents: Sequence[Document], at: Moment) -> list[Finding]:
    return list(compare_archived(ASSIGNED, documents, at))


def in_audit(documents: Sequence[Document], at: Moment) -> list[Finding]:
    return list(compare_audited(ASSIGNED, documents, at))


def in_notifications(documents: Sequence[Document], at: Moment) -> list[Finding]:
    return list(NotificationCheck(AGENTS).compare(ASSIGNED, CONTACT, documents, at))


Compare = Callable[[Sequence[Document], Moment], list[Finding]]
STORES = [
    pytest.param(in_archive, [archived()], id="archive"),
    pytest.param(in_audit, [audited()], id="audit"),
    pytest.param(in_notifications, notified(), id="notifications"),
]


def kinds(findings: Sequence[Finding]) -> list[str]:
    return [finding.kind for finding in findings]


@pytest.mark.parametrize(("compare", "right"), STORES)
def test_what_the_event_leads_to_is_no_finding(compare: Compare, right: list[Document]) -> None:
    assert compare(right, moment()) == []


@pytest.mark.parametrize(("compare", "right"), STORES)
def test_what_is_not_there_is_missing_once_the_group_is_done(compare: Compare, right: list[Document]) -> None:
    [finding] = compare([], moment())

    assert (finding.kind, finding.claim_id, finding.position) == ("missing", "claim_67890", 2)


@pytest.mark.parametrize(("compare", "right"), STORES)
@pytest.mark.parametrize("undone", UNDONE)
def test_what_is_in_flight_parked_or_given_up_is_not_missing(
    compare: Compare, right: list[Document], undone: Moment
) -> None:
    assert compare([], undone) == []
    assert compare(right, undone) == []


@pytest.mark.parametrize(("compare", "right"), STORES)
def test_what_stands_there_in_another_form_is_different(compare: Compare, right: list[Document]) -> None:
    [finding] = compare([{**right[0], "correlation_id": "other"}], moment())

    assert finding.kind == "different"
    assert finding.what.endswith("correlation_id")


@pytest.mark.parametrize(("compare", "right"), STORES)
def test_what_stands_there_twice_is_doubled(compare: Compare, right: list[Document]) -> None:
    assert kinds(compare([*right, {**right[0], "_id": "another"}], moment())) == ["doubled"]


def test_a_second_history_in_the_archive_is_different() -> None:
    assert kinds(in_archive([archived(ASSIGNED.model_copy(update={"event_id": "x", "version": 7}))], moment())) == [
        "different"
    ]


def test_a_pending_notification_of_a_finished_event_is_unsent() -> None:
    assert kinds(in_notifications(notified(status="pending"), moment())) == ["unsent"]
    assert in_notifications(notified(status="pending"), moment(pending=[2])) == []


def test_a_notification_that_was_refused_is_counted_and_not_wrong() -> None:
    check = NotificationCheck(AGENTS)

    assert list(check.compare(ASSIGNED, CONTACT, notified(status="failed", reason="no such mailbox"), moment())) == []
    assert check.refused == {"no such mailbox": 1}


def test_a_notification_that_no_rule_asks_for_is_unexpected() -> None:
    started = life()[2]
    document = {**notified()[0], "event_id": started.event_id}

    found = NotificationCheck(AGENTS).compare(started, CONTACT, [document], moment())

    assert kinds(list(found)) == ["unexpected"]


def test_a_text_that_was_worded_otherwise_is_not_wrong() -> None:
    assert in_notifications([{**notified()[0], "text": "before"}], moment()) == []


@pytest.mark.parametrize(
    "changes", [{"correlation_id": "other"}, {"event_data": {}}, {"audit_id": "other"}, {"causation_id": "other"}]
)
def test_an_audit_subscriber_that_maps_wrongly_is_not_compared_with_itself(
    monkeypatch: pytest.MonkeyPatch, changes: Document
) -> None:
    right = recording.entry_for
    monkeypatch.setattr(recording, "entry_for", lambda *given: replace(right(*given), **changes))

    [finding] = in_audit([audited()], moment())

    assert finding.what.endswith(f"differs from the event in {next(iter(changes))}")


def broken(*_: object) -> Iterator[Finding]:
    raise KeyError("agent_id")


def test_an_event_whose_comparison_fails_could_not_be_judged() -> None:
    assert list(judged("audit", ASSIGNED, broken)) == [
        Finding("unjudged", "audit", "version 2 could not be judged: KeyError: 'agent_id'", "claim_67890", 2)
    ]


@pytest.mark.parametrize("error", [RedisError("away"), PyMongoError("away"), PostgresError("away")])
def test_a_server_that_is_away_is_not_the_events_fault(error: Exception) -> None:
    def compare() -> Iterator[Finding]:
        raise error

    with pytest.raises(type(error)):
        list(judged("audit", ASSIGNED, compare))
