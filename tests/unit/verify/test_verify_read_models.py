"""Rows and counters beside what the events lead to."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from envelope import Envelope
from local.verify.claims import ClaimStates, Stop, with_context
from local.verify.findings import Finding
from local.verify.moment import Moment
from local.verify.read_models import ReadModelCheck, Stand, compare_counters, compare_row, expected_counters
from repositories.ports.read_model_rows import ClaimRow
from tests.unit.verify.looks import UNDONE, enriched, life, moment

NONE: Sequence[Envelope] = ()


def judged(events: Sequence[Envelope], stored_version: int, at: Moment) -> tuple[ReadModelCheck, list[Finding]]:
    """The events of one claim, whose row stands at a version."""
    check, states = ReadModelCheck(), ClaimStates(lambda _claim_id, _version: NONE)
    findings: list[Finding] = []
    for event in events:
        position = event.position or 0
        step = states.apply(event)
        findings += check.compare(step, event.aggregate_id, event.version, position, stored_version, at)
    return check, findings


def row(events: Sequence[Envelope]) -> ClaimRow:
    states = ClaimStates(lambda _claim_id, _version: NONE)
    last = [states.apply(event).after for event in events][-1]
    assert last is not None
    return last


def test_a_row_that_has_all_events_is_no_finding() -> None:
    assert judged(life(), 5, moment())[1] == []


def test_a_row_that_lacks_an_event_which_is_done_is_missing_it() -> None:
    [finding] = judged(life(), 1, moment())[1]

    assert (finding.kind, finding.store, finding.position) == ("missing", "read_models", 2)


@pytest.mark.parametrize("undone", UNDONE)
def test_a_row_waits_for_an_event_that_is_in_flight_parked_or_given_up(undone: Moment) -> None:
    assert judged(life(), 1, undone)[1] == []


def test_a_row_names_the_fields_that_differ() -> None:
    right = row(life())

    assert list(compare_row(right, right, 5)) == []
    [finding] = compare_row(right, replace(right, status="assigned", closed_at=None), 5)
    assert (finding.kind, finding.what) == ("different", "its row at version 5 differs in closed_at, status")


def test_an_event_that_follows_nothing_is_wrong_in_the_log() -> None:
    first, _, third, *_ = life()

    [finding] = judged([first, third], 1, moment())[1]

    assert (finding.kind, finding.store, finding.what) == ("different", "log", "version 3 follows version 1")


def test_counters_count_the_rows_as_they_stand() -> None:
    check, _ = judged(life(), 2, moment(read_up_to=2))

    counted = expected_counters(check.expected)

    assert counted["claim_type_stats"]["product_defect"]["assigned"] == 1
    assert counted["customer_stats"]["cust_12345"]["active_claims"] == 1
    assert list(compare_counters(check.expected, counted)) == []


def test_a_counter_that_is_off_is_told_with_both_numbers() -> None:
    check, _ = judged(life(), 5, moment())
    stored = expected_counters(check.expected)
    stored["agent_stats"]["agent_smith"]["total_assigned"] = 2
    del stored["claim_type_stats"]["product_defect"]

    told = [finding.what for finding in compare_counters(check.expected, stored)]

    assert "agent_stats agent_smith: total_assigned 2, not 1" in told
    assert any(what.startswith("claim_type_stats product_defect:") for what in told)


def test_a_claim_that_was_let_go_is_folded_anew() -> None:
    events = life()
    asked: list[tuple[str, int]] = []

    def read(claim_id: str, before_version: int) -> Sequence[Envelope]:
        asked.append((claim_id, before_version))
        return events[: before_version - 1] if claim_id == "claim_67890" else NONE

    states = ClaimStates(read, claims_max=1)
    for event in events[:3]:
        states.apply(event)
    states.apply(events[0].model_copy(update={"aggregate_id": "claim_other", "event_id": "other"}))

    step = states.apply(events[3])

    assert asked == [("claim_67890", 4)]
    assert step.after == row(events[:4])
    assert step.contact is not None


ORDER = {"status": "delivered", "items": [{"product_id": "prod_1", "product_name": "Casque", "quantity": 1}]}
CONTEXT = enriched(customer_id="cust_real", order={**ORDER, "source": "order_service"})


def bare() -> list[Envelope]:
    """The claim's life, made under a stand-in for its customer and without its order's context."""
    created, *later = life()
    changes = {"customer_id": "customer_of_order_45678", "customer": None, "order": None}
    return [created.model_copy(update={"data": {**created.data, **changes}}), *later]


def in_context(version: int) -> tuple[ReadModelCheck, ClaimRow, ClaimRow]:
    """A check that saw so many of the claim's events, whose row stands there with its context; bare row and whole."""
    events = bare()[:version]
    check, found = judged(events, version, moment())
    assert found == []
    return check, row(events), with_context(row(events), CONTEXT)


@pytest.mark.parametrize("version", [1, 3, 5])
def test_a_row_with_its_context_is_what_both_led_to_and_so_are_the_counters(version: int) -> None:
    check, own, whole = in_context(version)

    assert list(check.compare_row(version, own, whole, CONTEXT)) == []
    counted = expected_counters(check.expected)
    assert list(counted["customer_stats"]) == ["cust_real"]
    assert (counted["order_status_stats"], counted["product_stats"]["prod_1"]["total_claims"]) == (
        {"delivered": {"total_claims": 1}},
        1,
    )
    assert list(compare_counters(check.expected, counted)) == []


def test_a_row_without_its_context_is_what_its_own_events_led_to() -> None:
    check, own, _ = in_context(5)

    assert list(check.compare_row(5, own, own, CONTEXT)) == []
    counted = expected_counters(check.expected)
    assert list(counted["customer_stats"]) == ["customer_of_order_45678"]
    assert counted["order_status_stats"] == {"unknown": {"total_claims": 1}}


def test_a_row_whose_context_says_something_else_is_different_where_its_version_stands() -> None:
    check, own, whole = in_context(5)

    [finding] = check.compare_row(5, own, replace(whole, customer_id="cust_other"), CONTEXT)

    assert (finding.kind, finding.position, finding.what) == (
        "different",
        5,
        "its row at version 5 differs in customer_id",
    )


def test_a_row_with_a_context_that_nobody_told_is_different_and_the_counters_cannot_be_told() -> None:
    check, own, whole = in_context(5)

    [finding] = check.compare_row(5, own, whole, None)

    assert "context_event_id" in finding.what
    assert not check.is_countable


@pytest.mark.parametrize(
    ("stand", "at", "kinds"),
    [
        (Stand(5, "event-context"), moment(read_up_to=6), []),
        (Stand(5), moment(read_up_to=6), ["missing"]),
        (Stand(5), moment(read_up_to=5), []),
        (Stand(5), moment(read_up_to=6, pending=[6]), []),
        (Stand(5), moment(read_up_to=6, parked=[6]), []),
        (Stand(5), moment(read_up_to=6, discarded=[6]), []),
    ],
)
def test_a_row_lacks_its_context_once_that_is_done(stand: Stand, at: Moment, kinds: list[str]) -> None:
    found = list(ReadModelCheck().compare_context("claim_67890", 6, stand, at))

    assert [(finding.kind, finding.claim_id, finding.position) for finding in found] == [
        (kind, "claim_67890", 6) for kind in kinds
    ]


def test_counters_of_a_claim_that_has_a_context_and_no_row_cannot_be_told() -> None:
    done, waiting = ReadModelCheck(), ReadModelCheck()

    assert list(done.compare_context("claim_67890", 6, Stand(), moment(read_up_to=6))) == []
    assert list(waiting.compare_context("claim_67890", 6, Stand(), moment(read_up_to=5))) == []
    assert (done.is_countable, waiting.is_countable) == (False, True)


def test_a_counter_that_is_not_there_is_told_as_none() -> None:
    check, _ = judged(life(), 5, moment())
    stored = expected_counters(check.expected)
    stored["agent_stats"] = {}
    stored["customer_stats"] = {}

    [customer, agent] = [finding.what for finding in compare_counters(check.expected, stored)]

    assert customer.startswith(
        "customer_stats cust_12345: closed_claims 0, not 1, last_claim_date none, not 2025-07-08"
    )
    assert "active_claims" not in customer
    assert "total_assigned 0, not 1" in agent


@pytest.mark.parametrize(("name", "store"), [("fold", "read_models"), ("contact_of", None)])
def test_code_that_fails_at_an_event_stops_its_claim_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, name: str, store: str | None
) -> None:
    def fail(*_: object) -> None:
        raise TypeError("wrong\nand long")

    monkeypatch.setattr(f"local.verify.claims.{name}", fail)
    states = ClaimStates(lambda _claim_id, _version: NONE)
    created, assigned = life()[:2]
    first, second = states.apply(created), states.apply(assigned)

    assert isinstance(second.contact_error, TypeError) is (store is None)
    if store is not None:
        assert first.stopped == Stop("unjudged", "read_models", "version 1 could not be judged: TypeError: wrong")
        found = list(ReadModelCheck().compare(first, "claim_67890", 1, 1, 0, moment(read_up_to=0)))
        assert [(finding.kind, finding.store, finding.position) for finding in found] == [("unjudged", store, 1)]
        assert (second.stopped, second.is_new_stop) == (first.stopped, False)


def test_a_context_knows_of_its_claim_whether_that_is_cut() -> None:
    first, second, third, *_ = life()
    lost = ClaimStates(lambda _claim_id, _version: NONE, lost_up_to=2)
    kept = ClaimStates(lambda _claim_id, _version: [first], lost_up_to=2)
    never_lost = ClaimStates(lambda _claim_id, _version: NONE)
    assert [states.is_cut("claim_67890") for states in (lost, kept, never_lost)] == [True, False, False]
    lost.apply(third)
    assert lost.is_cut("claim_67890")
    whole = ClaimStates(lambda _claim_id, _version: NONE, lost_up_to=2)
    for event in (first, second, third):
        whole.apply(event)
    assert not whole.is_cut("claim_67890")


def test_a_claim_that_began_before_the_accepted_beginning_is_cut_and_a_later_gap_is_wrong() -> None:
    first, second, third, fourth, _ = life()
    cut = ClaimStates(lambda _claim_id, _version: NONE, lost_up_to=2).apply(third)
    kept = ClaimStates(lambda _claim_id, _version: [first, second], lost_up_to=1).apply(fourth)

    assert (cut.is_cut, cut.stopped) == (True, None)
    assert kept.is_cut is False
    assert kept.stopped == Stop("different", "log", "version 4 follows version 2")
