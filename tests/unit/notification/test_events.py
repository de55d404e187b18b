"""The batch handler: what is done, and what must come again."""

from typing import Any

import pytest

from envelope import Envelope
from functions.notification import bootstrap
from functions.notification.events import handler
from functions.notification.transports import DeferredError
from tests.unit.notification.claim_life import EVENT_TYPES, World, event


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(bootstrap, "notifier", lambda: world.notifier)
    return world


def batch(*events: Envelope) -> Any:
    """The events as the poller hands them over."""
    return {
        "Records": [
            {
                "eventSource": "redis:streams",
                "eventID": f"{number}-0",
                "stream": "events:all",
                "group": "notification-service",
                "deliveryCount": 1,
                "event": each.model_dump(mode="json"),
            }
            for number, each in enumerate(events, start=1)
        ]
    }


class Clock:
    """A Lambda context that says how much time is left."""

    def __init__(self, remaining_ms: int) -> None:
        self.remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


def test_a_batch_that_went_well_fails_nothing(world: World) -> None:
    assert handler(batch(*(event(each) for each in EVENT_TYPES)), None) == {"batchItemFailures": []}
    assert (len(world.mail.sent), len(world.sms.sent), world.mail.closed) == (4, 1, 1)


def test_a_failed_event_holds_back_the_later_ones_of_its_claim_alone(world: World) -> None:
    world.sms.error = DeferredError("429")
    other = event("ReclamationResolue", event_id="other", aggregate_id="claim_2")
    failures = handler(batch(event("ReclamationCreee"), other, event("ReclamationResolue")), None)["batchItemFailures"]
    assert [failure["itemIdentifier"] for failure in failures] == ["1-0", "3-0"]
    assert failures[0]["error"]["errorType"] == "UnsentError"
    assert {each.claim_id for each in world.kept() if each.status == "failed"} == {"claim_2"}


def test_an_event_of_an_unknown_type_is_done(world: World) -> None:
    assert handler(batch(event("ReclamationEscaladee")), None) == {"batchItemFailures": []}


def test_connections_are_let_go_even_after_a_failure(world: World) -> None:
    world.mail.error = DeferredError("451")
    handler(batch(event("ReclamationCreee")), None)
    assert world.mail.closed == 1


def test_a_function_that_is_about_to_be_stopped_sends_nothing_more(world: World) -> None:
    everything = batch(*(event(each) for each in EVENT_TYPES))
    failed = handler(everything, Clock(14_999))["batchItemFailures"]
    assert [each["itemIdentifier"] for each in failed] == ["1-0", "2-0", "3-0", "4-0", "5-0"]
    assert (world.mail.tries, world.sms.tries) == (0, 0)
    assert handler(everything, Clock(15_000)) == {"batchItemFailures": []}
    assert (len(world.mail.sent), len(world.sms.sent)) == (4, 1)
