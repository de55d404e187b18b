"""Parked events as JSON and as text, with and without personal data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from local.cli.parked_texts import discarded_text, event_text, outcome_text, page_text
from local.gateway.parked_masking import masked_event, masked_retry, masked_text
from local.parked.desk import Discarded, ParkedPage
from local.parked.places import Place, places_of
from local.parked.retries import Asked, Retry, wait_for
from local.parked.shapes import event_json, page_json, retries_json
from local.template import Function, Template, TemplateError
from streams.clock import ManualClock
from streams.parking.parked_events import ParkedEvent

EVENT = {
    "event_id": "e1",
    "event_type": "ReclamationCreee",
    "aggregate_id": "claim_1",
    "timestamp": "2025-07-08T14:30:00.000Z",
    "version": 1,
    "data": {
        "customer_id": "customer_9",
        "description": "Mon colis est ouvert",
        "urgency": "high",
        "customer": {"name": "Marie Roy", "email": "marie@example.com", "phone": "+33612345612", "language": "fr"},
        "order": {"id": "o1", "items": [{"product_id": "p1", "product_name": "Lampe", "quantity": 2}]},
    },
}


def parked(**changes: Any) -> ParkedEvent:
    facts: dict[str, Any] = {
        "parked_id": "1752000000000-0",
        "group": "audit-service",
        "stream": "events:all",
        "source_id": "17-0",
        "key": "claim_1",
        "reason": "RetryAttemptsExhausted",
        "error_type": "ValueError",
        "error": "no",
        "trace": "Traceback\n  line 1",
        "attempts": 3,
        "parked_at_ms": 1_752_000_000_123,
        "event": EVENT,
    }
    return ParkedEvent(**(facts | changes))


RETRY = {"failed_at_ms": 1_752_000_001_000, "error_type": "KeyError", "error": "again", "trace": "deep"}


def test_a_line_of_a_list_has_neither_the_events_data_nor_a_trace() -> None:
    page = page_json(ParkedPage([parked(last_retry=RETRY)], 7, {"audit-service": 7}, "next"))
    (line,) = page.pop("parked")
    assert page == {"count": 7, "by_group": {"audit-service": 7}, "next_after": "next"}
    assert line == {
        "parked_id": "1752000000000-0",
        "group": "audit-service",
        "stream": "events:all",
        "source_id": "17-0",
        "claim_id": "claim_1",
        "event_id": "e1",
        "event_type": "ReclamationCreee",
        "reason": "RetryAttemptsExhausted",
        "error_type": "ValueError",
        "error": "no",
        "attempts": 3,
        "parked_at": "2025-07-08T18:40:00.123Z",
        "last_retry": {"failed_at": "2025-07-08T18:40:01.000Z", "error_type": "KeyError", "error": "again"},
    }


def test_one_event_is_shown_with_everything() -> None:
    shown = event_json(parked(last_retry=RETRY))
    assert shown["event"] == EVENT
    assert shown["trace"] == "Traceback\n  line 1"
    assert shown["last_retry"]["trace"] == "deep"


def test_without_personal_data_an_events_ids_are_left_and_its_words_are_not() -> None:
    error = "no mailbox for marie@example.com or +33 6 12 34 56 12"
    shown = masked_event(
        event_json(parked(error=error, trace=f"in 17-0\n{error}", last_retry=RETRY | {"error": error}))
    )
    assert shown["event"]["event_id"] == "e1"
    assert shown["event"]["timestamp"] == "2025-07-08T14:30:00.000Z"
    assert shown["event"]["data"] == {
        "customer_id": "customer_9",
        "description": "***",
        "urgency": "high",
        "customer": {"name": "***", "email": "***", "phone": "***", "language": "fr"},
        "order": {"id": "o1", "items": [{"product_id": "p1", "product_name": "***", "quantity": 2}]},
    }
    assert shown["error"] == shown["last_retry"]["error"] == "no mailbox for *** or ***"
    assert shown["trace"] == "in 17-0\nno mailbox for *** or ***"


def test_an_event_that_nobody_could_read_is_masked_whole() -> None:
    shown = masked_event(event_json(parked(event={"unreadable": {"event": "{marie"}, "position": 3})))
    assert shown["event"] == {"unreadable": {"event": "***"}, "position": 3}


def test_however_deep_an_event_is_it_can_be_masked() -> None:
    event: dict[str, Any] = {}
    for _ in range(900):
        event = {"in": event}
    assert "***" in str(masked_event(event_json(parked(event=event)))["event"])


def test_a_row_that_the_database_repeats_is_masked_and_ids_and_times_are_not() -> None:
    text = "DETAIL: Failing row contains (claim_1, Marie).\nat 2025-07-08T14:30:00.000Z of 0612345678-0 in 0612345678"
    masked = "DETAIL: ***\nat 2025-07-08T14:30:00.000Z of 0612345678-0 in ***"
    assert masked_text(text) == masked
    (failed,) = retries_json([Retry("g", "c", "failed", 1, "1-0", "E", "of a@b.example")])
    assert masked_retry(failed)["error"] == "of ***"
    (waiting,) = retries_json([Retry("g", "c", "waiting", 1)])
    assert masked_retry(waiting)["error"] is None


def test_a_list_says_how_many_there_are_in_all() -> None:
    text = page_text(ParkedPage([parked(error="x" * 100)], 3, {"audit-service": 2, "projection": 1}, "next"))
    head, line, total, more = text.splitlines()
    assert head.split() == ["PARKED", "ID", "GROUP", "CLAIM", "EVENT", "SOURCE", "ID", "REASON", "ATTEMPTS", "ERROR"]
    assert line.startswith("1752000000000-0  audit-service  claim_1  ReclamationCreee  17-0")
    assert line.endswith("x…")
    assert total == "3 parked (audit-service 2, projection 1)."
    assert more == "These are the first 1: --limit shows more."


def test_a_customers_words_cannot_command_the_terminal() -> None:
    event = {**EVENT, "data": {"description": "\x1b[2Jcleared\x9b31m"}}
    for text in (
        event_text(event_json(parked(event=event, error="\x1b[2J", trace="\x1b]0;x\x07"))),
        page_text(ParkedPage([parked(key="\x1b[2J")], 1, {"g": 1}, None)),
        outcome_text(Asked("g", "c", 1), Retry("g", "c", "failed", 1, "1-0", "E", "\x1b[2J")),
        discarded_text(Discarded(parked(key="\x1b[2J"), 0)),
    ):
        assert "\x1b" not in text
        assert "\x9b" not in text


@pytest.mark.parametrize(
    ("retry", "said"),
    [
        (Retry("g", "c", "done", 0), "g c: done, 2 events"),
        (Retry("g", "c", "failed", 1, "5-0", "E", "no"), "g c: failed at 5-0 (E: no); 1 event still parked"),
        (Retry("g", "c", "parked", 2), "g c: 2 events still parked, and not asked for any more: retry again"),
    ],
)
def test_each_outcome_of_a_retry_is_told(retry: Retry, said: str) -> None:
    assert outcome_text(Asked("g", "c", 2), retry) == said


class Looking:
    """Shows these retries one after the other, and the last one from then on."""

    def __init__(self, *looks: list[Retry]) -> None:
        self.looks = list(looks)
        self.told: list[Sequence[Retry]] = []

    def __call__(self) -> list[Retry]:
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]


def waiting(left: int) -> list[Retry]:
    return [Retry("g", "c", "waiting", left)]


def test_waiting_ends_once_nothing_is_waited_for() -> None:
    clock, done = ManualClock(), [Retry("g", "c", "done", 0)]
    looking = Looking(waiting(2), waiting(1), done)
    assert wait_for(looking, 30, looking.told.append, clock) == done
    assert looking.told == [waiting(2), waiting(1), done]


def test_waiting_goes_on_as_long_as_something_happens_and_no_longer() -> None:
    clock = ManualClock()
    began_s = clock.monotonic_s()
    looking = Looking(*[look for left in range(100, 0, -1) for look in [waiting(left)] * 10])
    assert wait_for(looking, 3, looking.told.append, clock) == waiting(1)
    assert 100 * 10 * 0.2 <= clock.monotonic_s() - began_s < 100 * 10 * 0.2 + 4


def test_waiting_for_no_time_looks_once() -> None:
    looking = Looking(waiting(1))
    assert wait_for(looking, 0, looking.told.append, ManualClock()) == waiting(1)
    assert len(looking.told) == 1


def function(mapping: dict[str, object] | None) -> Function:
    return Function("F", "a.b", "s", None, "", 1, 3, 128, {}, (), Path(), (), mapping)


def test_the_places_are_the_groups_that_the_template_subscribes() -> None:
    functions = (function(None), function({"Stream": "events:all", "Group": "g"}))
    assert places_of(Template(Path(), "", functions, ())) == [Place("events:all", "g")]


def test_a_mapping_without_a_group_is_refused_by_name() -> None:
    with pytest.raises(TemplateError, match=r"F.Metadata.EventSourceMapping.Group: text is needed"):
        places_of(Template(Path(), "", (function({"Stream": "events:all"}),), ()))
