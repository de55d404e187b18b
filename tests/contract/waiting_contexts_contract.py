"""What every WaitingContexts does, in memory and on the server."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from repositories.ports.waiting_contexts import WaitingContexts, WantedContext

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def wanted(claim_id: str, order_id: str | None = "order_1") -> WantedContext:
    return WantedContext(
        claim_id=claim_id,
        customer_id="cust_1",
        order_id=order_id,
        wants_order=order_id is not None,
        wants_customer=True,
        event_id=f"event-of-{claim_id}",
        correlation_id="trace-1",
        made_at=NOW,
    )


class WaitingContextsContract:
    """Subclassed with a fixture `waiting`, empty for each test."""

    def test_what_is_due_is_found_as_it_was_given(self, waiting: WaitingContexts) -> None:
        waiting.add([wanted("claim_1"), wanted("claim_2", None)], NOW)
        waiting.add([wanted("claim_3")], LATER)
        found = sorted(waiting.due(NOW, 10), key=lambda each: each.claim_id)
        assert found == [wanted("claim_1"), wanted("claim_2", None)]
        assert waiting.count() == 3

    def test_the_trace_of_its_event_waits_with_it(self, waiting: WaitingContexts) -> None:
        traced = replace(wanted("claim_1"), metadata={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad-01"})
        waiting.add([traced], NOW)
        assert waiting.due(NOW, 10) == [traced]

    def test_one_that_waits_already_stays_as_it_is(self, waiting: WaitingContexts) -> None:
        waiting.add([wanted("claim_1")], NOW)
        waiting.put_off("claim_1", LATER)
        waiting.add([wanted("claim_1"), wanted("claim_2")], NOW)
        assert waiting.due(NOW, 10) == [wanted("claim_2")]
        assert waiting.count() == 2

    def test_put_off_it_is_due_later_and_the_question_is_counted(self, waiting: WaitingContexts) -> None:
        waiting.add([wanted("claim_1")], NOW)
        waiting.put_off("claim_1", LATER)
        waiting.put_off("claim_never", LATER)
        assert waiting.due(NOW, 10) == []
        assert [each.attempts for each in waiting.due(LATER, 10)] == [1]

    def test_no_more_are_given_than_were_asked_for(self, waiting: WaitingContexts) -> None:
        waiting.add([wanted(f"claim_{number}") for number in range(5)], NOW)
        assert len(waiting.due(NOW, 3)) == 3

    def test_what_is_done_is_gone(self, waiting: WaitingContexts) -> None:
        waiting.add([wanted("claim_1"), wanted("claim_2")], NOW)
        waiting.remove(["claim_1", "claim_never"])
        waiting.remove([])
        assert waiting.due(NOW, 10) == [wanted("claim_2")]

    def test_nothing_is_nothing(self, waiting: WaitingContexts) -> None:
        waiting.add([], NOW)
        assert (waiting.due(NOW, 10), waiting.count()) == ([], 0)
