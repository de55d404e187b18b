"""Archive, audit trail and notifications beside an event."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from psycopg import Error as PostgresError
from pymongo.errors import PyMongoError
from redis.exceptions import RedisError

from envelope import Envelope, ReclamationEnrichie, read_payload
from functions.audit import recording
from functions.notification.rules import contact_of, learnt_contact_of, merged, notifications_for
from local.verify.archive import compare_archived
from local.verify.audit import compare_audited
from local.verify.contacts import compare_contact
from local.verify.contexts import Learnt, learnt_of
from local.verify.findings import Finding
from local.verify.judging import judged
from local.verify.moment import Moment
from local.verify.notifications import NotificationCheck
from repositories.mongo.archive_documents import to_document
from repositories.ports.contacts import Contact
from tests.unit.notification.claim_life import CUSTOMER
from tests.unit.verify.looks import AGENTS, UNDONE, enriched, life, moment

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


def test_an_archive_that_lost_an_events_trace_differs() -> None:
    event = ASSIGNED.model_copy(update={"metadata": {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad-01"}})
    assert list(compare_archived(event, [archived(event)], moment())) == []
    [finding] = compare_archived(event, [archived(ASSIGNED)], moment())
    assert (finding.kind, finding.what) == ("different", "version 2 differs from the log in metadata")


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


STAND_IN = Contact(CREATED.aggregate_id, "customer_of_order_45678")
CONTEXT = enriched(customer_id="cust_real", customer={**CUSTOMER, "source": "customer_service"})
LEARNT = Learnt(learnt_contact_of(cast("ReclamationEnrichie", read_payload(CONTEXT))), 6)
FULL = merged(STAND_IN, LEARNT.contact)
BEFORE, AFTER = moment(read_up_to=5), moment(read_up_to=6)
"""The group is done with the claim's creation; with its context it is not yet, and then it is."""
EITHER = (
    BEFORE,
    moment(read_up_to=6, pending=[6]),
    moment(read_up_to=6, parked=[6]),
    moment(read_up_to=6, discarded=[6]),
)


def announced(contact: Contact, **changes: Any) -> list[Document]:
    """What the claim's creation leads to."""
    planned = notifications_for(CREATED, CREATION, contact, AGENTS, datetime(2030, 1, 1, tzinfo=UTC))
    status = {"status": "sent"} if planned[0].recipient else {}
    documents = [asdict(replace(each, **{**status, **changes})) for each in planned]
    return [{"_id": each.pop("notification_id"), **each} for each in documents]


def of_creation(documents: Sequence[Document], at: Moment) -> list[Finding]:
    return list(NotificationCheck(AGENTS).compare(CREATED, STAND_IN, documents, at, LEARNT))


@pytest.mark.parametrize("at", EITHER)
def test_until_the_context_is_done_notifications_go_by_it_or_not(at: Moment) -> None:
    nobody, customer = announced(STAND_IN), announced(FULL)

    assert of_creation(nobody, at) == []
    assert of_creation(customer, at) == []
    assert of_creation([customer[0], nobody[1]], at) == []
    assert of_creation([*customer, *nobody], at) == []
    assert of_creation(announced(FULL, status="pending"), at) == []
    assert kinds(of_creation([], at)) == ["missing", "missing"]


def test_once_the_context_is_done_only_what_goes_by_it_is_right() -> None:
    nobody, customer = announced(STAND_IN), announced(FULL)

    assert of_creation(customer, AFTER) == []
    assert kinds(of_creation([], AFTER)) == ["missing", "missing"]
    assert kinds(of_creation(nobody, AFTER)) == ["different", "different"]
    assert kinds(of_creation([*customer, nobody[0]], AFTER)) == ["doubled"]
    assert kinds(of_creation([*customer, {**customer[0], "_id": "another"}], AFTER)) == ["doubled"]
    assert kinds(of_creation(announced(FULL, status="pending"), AFTER)) == ["unsent", "unsent"]
    assert kinds(of_creation([], moment(read_up_to=6, pending=[1]))) == []


def test_what_had_no_recipient_before_events_were_kept_can_only_stay() -> None:
    check = NotificationCheck(AGENTS)
    documents = [{**each, "event": None} for each in announced(STAND_IN)]

    assert list(check.compare(CREATED, STAND_IN, documents, AFTER, LEARNT)) == []
    assert check.refused == {"no recipient": 2}


def test_a_second_notification_that_somebody_got_is_doubled_at_any_time() -> None:
    customer = announced(FULL)

    assert kinds(of_creation([*customer, {**customer[0], "_id": "another", "recipient": "x@example.com"}], BEFORE)) == [
        "doubled"
    ]


def test_a_customer_that_was_written_to_before_the_stand_in_was_replaced_is_right() -> None:
    known = replace(STAND_IN, email=CUSTOMER["email"], phone=CUSTOMER["phone"])
    check = NotificationCheck(AGENTS)
    for each in (known, merged(known, LEARNT.contact)):
        assert list(check.compare(CREATED, known, announced(each), AFTER, LEARNT)) == []
    other = announced(known, customer_id="cust_other")
    assert kinds(list(check.compare(CREATED, known, other, AFTER, LEARNT))) == ["different", "different"]


def test_a_context_itself_asks_for_no_notification() -> None:
    document = {**announced(FULL)[0], "event_id": CONTEXT.event_id}
    check = NotificationCheck(AGENTS)

    assert list(check.compare(CONTEXT, None, [], AFTER)) == []
    assert kinds(list(check.compare(CONTEXT, None, [document], AFTER))) == ["unexpected"]


def test_what_a_context_told_is_kept_under_its_own_id_and_nothing_else() -> None:
    fields = asdict(LEARNT.contact)
    kept = {**fields, "_id": "context_claim_67890"}
    del kept["claim_id"]

    assert list(compare_contact(CONTEXT, LEARNT.contact, kept, AFTER)) == []
    assert kinds(list(compare_contact(CONTEXT, LEARNT.contact, {**kept, "email": "x@example.com"}, AFTER))) == [
        "different"
    ]
    assert kinds(list(compare_contact(CONTEXT, LEARNT.contact, None, AFTER))) == ["missing"]
    assert list(compare_contact(CONTEXT, LEARNT.contact, None, BEFORE)) == []


def test_a_context_that_nobody_can_read_tells_of_nobody() -> None:
    assert learnt_of(CONTEXT) == LEARNT
    assert learnt_of(CONTEXT.model_copy(update={"data": {"customer": 3}})) is None
    assert learnt_of(CREATED) is None
    assert learnt_of(None) is None


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
