"""What every audit trail keeps, in memory or on a server. Subclass it and give it `trail`."""

from dataclasses import replace
from datetime import timedelta

from envelope import Envelope
from repositories.errors import ForkError
from repositories.ports.audit_trail import AuditEntry, AuditFilter, AuditTrail
from repositories.ports.pages import Place
from tests.contract.histories import START, life, lives

ALL = AuditFilter()


def entry(event: Envelope, latency_s: float = 0.5) -> AuditEntry:
    assert event.position is not None
    return AuditEntry(
        audit_id=f"audit-{event.event_id}",
        event_id=event.event_id,
        event_type=event.event_type,
        aggregate_id=event.aggregate_id,
        version=event.version,
        position=event.position,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        actor=event.actor.model_dump(),
        event_timestamp=event.timestamp,
        recorded_at=event.timestamp + timedelta(seconds=latency_s),
        processing_latency_seconds=latency_s,
        processed_by="audit-service",
        event_data=event.data,
    )


def walk(trail: AuditTrail, wanted: AuditFilter, limit: int) -> list[int]:
    """The positions that a client sees who follows the cursors to the end."""
    place: Place | None = Place()
    seen: list[int] = []
    while place is not None:
        page = trail.list(wanted, place, limit)
        assert len(page.items) <= limit
        seen += [each.position for each in page.items]
        place = page.next
    return seen


class AuditTrailContract:
    """Each test has a trail of its own."""

    def test_an_entry_comes_back_exactly_as_it_was_recorded(self, trail: AuditTrail) -> None:
        entries = [entry(event) for event in life("claim: é/%2F \u0000$.*")]
        recorded = trail.record(entries)
        assert recorded.new_event_ids == {each.event_id for each in entries}
        assert recorded.failures == {}
        assert trail.of_claim("claim: é/%2F \u0000$.*", limit=10) == entries

    def test_recording_again_changes_nothing_and_is_not_new(self, trail: AuditTrail) -> None:
        entries = [entry(event) for event in life()]
        trail.record(entries[:3])
        later = [replace(each, recorded_at=each.recorded_at + timedelta(days=1)) for each in entries]
        assert trail.record(later).new_event_ids == {each.event_id for each in entries[3:]}
        assert trail.of_claim("claim_67890", limit=3) == entries[:3]
        assert trail.totals().events == 5

    def test_an_event_twice_in_a_batch_is_recorded_once(self, trail: AuditTrail) -> None:
        first = entry(life(steps=1)[0])
        recorded = trail.record([first, replace(first)])
        assert recorded.failures == {}
        assert trail.totals().events == 1

    def test_another_event_under_a_known_id_is_refused(self, trail: AuditTrail) -> None:
        first, second, *_ = (entry(event) for event in life())
        trail.record([first])
        recorded = trail.record([replace(second, event_id=first.event_id), second])
        assert isinstance(recorded.failures[first.event_id], ForkError)
        assert recorded.new_event_ids == {second.event_id}
        assert trail.of_claim("claim_67890", limit=10) == [first, second]

    def test_the_list_is_newest_first_filtered_and_paged(self, trail: AuditTrail) -> None:
        trail.record([entry(event) for event in lives(8)])
        assert walk(trail, ALL, 7) == list(range(40, 0, -1))
        assert walk(trail, AuditFilter(event_type="ReclamationAffectee"), 3) == list(range(37, 0, -5))
        assert walk(trail, AuditFilter(aggregate_id="claim_2"), 2) == [10, 9, 8, 7, 6]
        assert walk(trail, AuditFilter(aggregate_id="claim_2", event_type="ReclamationCreee"), 2) == [6]
        assert walk(trail, AuditFilter(correlation_id="trace_claim_3"), 4) == [15, 14, 13, 12, 11]
        assert walk(trail, AuditFilter(aggregate_id="claim_"), 4) == []

    def test_the_list_is_filtered_by_time_included(self, trail: AuditTrail) -> None:
        trail.record([entry(event) for event in lives(4)])
        since, until = START + timedelta(minutes=7), START + timedelta(minutes=9)
        assert walk(trail, AuditFilter(from_timestamp=since, to_timestamp=until), 2) == [9, 8, 7]

    def test_an_offset_skips_what_the_filter_lets_through(self, trail: AuditTrail) -> None:
        entries = [entry(event) for event in lives(4)]
        trail.record([each for each in entries if each.position != 18])
        for skip in (0, 1, 2, 5, 18):
            expected = [position for position in range(20, 0, -1) if position != 18][skip : skip + 3]
            assert [each.position for each in trail.list(ALL, Place(None, skip), 3).items] == expected
        page = trail.list(AuditFilter(event_type="ReclamationCreee"), Place(None, 1), 2)
        assert [each.position for each in page.items] == [11, 6]
        assert trail.list(ALL, Place(None, 100), 3).items == []

    def test_entries_out_of_order_are_all_listed_and_counted(self, trail: AuditTrail) -> None:
        entries = [entry(event) for event in lives(4)]
        for batch in (entries[10:15], entries[16:], entries[:8]):
            trail.record(batch)
        expected = [position for position in range(20, 0, -1) if position not in {9, 10, 16}]
        assert walk(trail, ALL, 4) == expected
        assert trail.totals().events == 17
        trail.record(entries)
        assert walk(trail, ALL, 4) == list(range(20, 0, -1))
        assert trail.totals().events == 20

    def test_a_claims_trail_is_oldest_first_and_paged(self, trail: AuditTrail) -> None:
        trail.record([entry(event) for event in reversed(lives(2))])
        assert [each.version for each in trail.of_claim("claim_2", limit=3)] == [1, 2, 3]
        assert [each.version for each in trail.of_claim("claim_2", after_version=2, limit=2)] == [3, 4]
        assert [each.version for each in trail.of_claim("claim_2", skip=4, limit=2)] == [5]

    def test_totals_have_the_latency_by_type(self, trail: AuditTrail) -> None:
        events = lives(2)
        trail.record([entry(event, latency_s=event.position or 0) for event in events])
        tally = trail.totals().by_event_type["ReclamationCreee"]
        assert (tally.count, tally.latency_seconds_sum) == (2, 1.0 + 6.0)

    def test_the_newest_latencies_are_those_of_the_last_positions(self, trail: AuditTrail) -> None:
        events = lives(2)
        trail.record([entry(event, latency_s=event.position or 0) for event in reversed(events)])
        assert trail.newest_latencies(3) == [10.0, 9.0, 8.0]
        assert len(trail.newest_latencies(10_000)) == 10
