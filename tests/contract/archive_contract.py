"""What every archive keeps, in memory or on a server. Subclass it and give it `archive` and `checkpoints`."""

import hashlib
import random
from datetime import timedelta

import pytest

from envelope import to_json
from envelope.errors import UnreadableError
from repositories.errors import ForkError
from repositories.ports.archive import Archive, ArchiveCheckpoints, Checkpoint, EventFilter
from repositories.ports.pages import Place
from tests.contract.histories import CREATE, START, Writer, changed, life, lives

ALL = EventFilter()
BEGIN = Place()


def walk(archive: Archive, wanted: EventFilter, limit: int) -> list[int]:
    """The positions that a client sees who follows the cursors to the end."""
    place: Place | None = BEGIN
    seen: list[int] = []
    while place is not None:
        page = archive.list(wanted, place, limit)
        assert len(page.items) <= limit
        seen += [event.position or 0 for event in page.items]
        place = page.next
    return seen


class ArchiveContract:
    """Each test has an archive of its own."""

    def test_an_event_comes_back_exactly_as_it_was_written(self, archive: Archive) -> None:
        events = life("claim: é/%2F \u0000$.*")
        assert archive.append(events) == {}
        back = archive.of_aggregate("claim: é/%2F \u0000$.*")
        assert back == events
        assert [to_json(event) for event in back] == [to_json(event) for event in events]
        assert [event.position for event in back] == [1, 2, 3, 4, 5]

    def test_data_of_any_shape_comes_back_exactly(self, archive: Archive) -> None:
        data = {"a.b": 1, "$set": {"$x": None}, "": [1.0, 1, True, 2**53, -0.5, "\u0000"], "_id": "x", "n": 2**63 - 1}
        event = changed(life(steps=1)[0], data=data)
        archive.append([event])
        assert to_json(archive.of_aggregate(event.aggregate_id)[0]) == to_json(event)

    def test_an_event_keeps_the_trace_that_it_came_with(
        self, archive: Archive, checkpoints: ArchiveCheckpoints
    ) -> None:
        event = changed(life(steps=1)[0], metadata={"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad-01"})
        assert archive.append([event]) == {}
        assert archive.append([event]) == {}, "the same one again is there already"
        assert archive.of_aggregate(event.aggregate_id) == [event]
        known = checkpoints.read()
        assert known is not None
        assert known.event_hash == hashlib.sha256(to_json(event)).hexdigest()

    def test_nothing_archived_has_no_checkpoint(self, checkpoints: ArchiveCheckpoints) -> None:
        assert checkpoints.read() is None
        assert checkpoints.fork() is None

    def test_the_checkpoint_names_the_last_event_and_its_hash(
        self, archive: Archive, checkpoints: ArchiveCheckpoints
    ) -> None:
        events = life()
        archive.append(events)
        expected = hashlib.sha256(to_json(events[-1])).hexdigest()
        assert checkpoints.read() == Checkpoint(5, events[-1].event_id, expected)

    def test_the_writer_tells_the_same_checkpoint_and_what_it_holds(
        self, archive: Archive, checkpoints: ArchiveCheckpoints
    ) -> None:
        assert archive.checkpoint() is None
        assert archive.holds([("claim_1", 1)]) == archive.holds([]) == set()
        archive.append(lives(2))
        assert archive.checkpoint() == checkpoints.read() is not None
        assert archive.holds([("claim_1", 1), ("claim_2", 5), ("claim_2", 6), ("claim", 1)]) == {
            ("claim_1", 1),
            ("claim_2", 5),
        }

    def test_an_archive_whose_beginning_was_given_up_goes_on_behind_it(
        self, archive: Archive, checkpoints: ArchiveCheckpoints
    ) -> None:
        events = lives(3)
        archive.append([events[1], *events[7:9]])
        assert (archive.begins_after(), checkpoints.read()) == (0, None)
        archive.begin_after(7)
        assert [archive.begins_after(), (checkpoints.read() or events[0]).position] == [7, 9]
        archive.append(events[9:])
        archive.begin_after(3)
        checkpoint = checkpoints.read()
        assert checkpoint is not None
        assert (archive.begins_after(), checkpoint.position, checkpoint.event_id) == (7, 15, events[14].event_id)
        assert archive.totals().events == 9
        assert walk(archive, ALL, 3) == [2, *range(8, 16)]

    def test_archiving_again_changes_nothing(self, archive: Archive, checkpoints: ArchiveCheckpoints) -> None:
        events = lives(3)
        archive.append(events)
        before = checkpoints.read()
        assert archive.append(events[4:9]) == {}
        assert archive.append([events[0], events[0]]) == {}
        assert checkpoints.read() == before
        assert archive.totals().events == 15
        assert walk(archive, ALL, 4) == list(range(1, 16))

    def test_an_empty_batch_is_done(self, archive: Archive, checkpoints: ArchiveCheckpoints) -> None:
        assert archive.append([]) == {}
        assert checkpoints.read() is None

    @pytest.mark.parametrize("seed", range(4))
    def test_the_checkpoint_never_passes_a_gap_whatever_the_order_of_batches(
        self, archive: Archive, checkpoints: ArchiveCheckpoints, seed: int
    ) -> None:
        events = lives(6)
        batches = [events[start : start + 5] for start in range(0, 30, 5)]
        random.Random(seed).shuffle(batches)
        there: set[int] = set()
        for batch in batches:
            random.Random(seed).shuffle(batch)
            archive.append(batch)
            there |= {event.position or 0 for event in batch}
            gapless = next(position for position in range(1, 32) if position not in there) - 1
            checkpoint = checkpoints.read()
            assert (checkpoint.position if checkpoint else 0) == gapless
            assert archive.totals().events == len(there)
        assert walk(archive, ALL, 7) == list(range(1, 31))

    def test_another_event_at_a_version_is_a_fork(self, archive: Archive, checkpoints: ArchiveCheckpoints) -> None:
        events = life()
        archive.append(events[:3])
        other = changed(events[2], event_id="another", position=4)
        failures = archive.append([other])
        assert list(failures) == [(other.aggregate_id, 3)]
        assert isinstance(failures[other.aggregate_id, 3], ForkError)
        assert "another" in (checkpoints.fork() or "")

    def test_another_event_at_a_position_is_a_fork(self, archive: Archive, checkpoints: ArchiveCheckpoints) -> None:
        events = life()
        archive.append(events[:3])
        other = changed(events[0], aggregate_id="claim_other", event_id="another", position=3)
        failures = archive.append([other])
        assert isinstance(failures["claim_other", 1], ForkError)
        assert "another" in (checkpoints.fork() or "")
        assert archive.of_aggregate("claim_other") == []

    def test_the_same_event_with_other_data_is_a_fork(self, archive: Archive, checkpoints: ArchiveCheckpoints) -> None:
        event = life(steps=1)[0]
        archive.append([event])
        failures = archive.append([changed(event, data={**event.data, "description": "autre"})])
        assert isinstance(failures[event.aggregate_id, 1], ForkError)
        assert archive.of_aggregate(event.aggregate_id) == [event]

    def test_after_a_fork_every_append_and_every_comparison_is_refused(
        self, archive: Archive, checkpoints: ArchiveCheckpoints
    ) -> None:
        events = life()
        archive.append(events[:2])
        archive.append([changed(events[1], event_id="another")])
        with pytest.raises(ForkError):
            archive.append(events[2:])
        with pytest.raises(ForkError):
            checkpoints.read()
        assert archive.of_aggregate(events[0].aggregate_id) == events[:2]

    def test_an_event_without_a_position_fails_alone(self, archive: Archive, checkpoints: ArchiveCheckpoints) -> None:
        events = life()
        failures = archive.append([*events[:2], changed(events[2], position=None)])
        assert list(failures) == [(events[2].aggregate_id, 3)]
        assert isinstance(failures[events[2].aggregate_id, 3], UnreadableError)
        checkpoint = checkpoints.read()
        assert checkpoint is not None
        assert checkpoint.position == 2

    def test_a_claims_events_are_bounded_by_version(self, archive: Archive) -> None:
        archive.append(lives(3))
        versions = [event.version for event in archive.of_aggregate("claim_2", after_version=1, up_to_version=4)]
        assert versions == [2, 3, 4]
        assert archive.of_aggregate("claim_2", after_version=5) == []
        assert archive.of_aggregate("claim_") == []

    def test_a_claims_events_are_bounded_by_time_included(self, archive: Archive) -> None:
        events = life()
        archive.append(events)
        claim_id = events[0].aggregate_id
        assert archive.of_aggregate(claim_id, up_to_timestamp=events[2].timestamp) == events[:3]
        assert archive.of_aggregate(claim_id, up_to_timestamp=START) == []

    def test_a_clock_that_went_back_never_leaves_a_hole_in_a_claim(self, archive: Archive) -> None:
        events = life(steps=4)
        events[1] = changed(events[1], timestamp=START + timedelta(days=1))
        archive.append(events)
        found = archive.of_aggregate(events[0].aggregate_id, up_to_timestamp=events[3].timestamp)
        assert found == events[:1]

    def test_lists_are_filtered_and_paged_by_position(self, archive: Archive) -> None:
        archive.append(lives(8))
        assert walk(archive, EventFilter(event_type="ReclamationAffectee"), 3) == list(range(2, 41, 5))
        assert walk(archive, EventFilter(correlation_id="trace_claim_3"), 2) == [11, 12, 13, 14, 15]
        assert walk(archive, EventFilter("ReclamationCreee", "trace_claim_3"), 2) == [11]
        assert walk(archive, EventFilter(from_position=38), 2) == [38, 39, 40]
        assert walk(archive, EventFilter(event_type="ReclamationInconnue"), 2) == []
        assert walk(archive, EventFilter(correlation_id="trace_.*"), 2) == []

    def test_lists_are_filtered_by_time_included(self, archive: Archive) -> None:
        archive.append(lives(4))
        wanted = EventFilter(from_timestamp=START + timedelta(minutes=7), to_timestamp=START + timedelta(minutes=9))
        assert walk(archive, wanted, 2) == [7, 8, 9]
        assert walk(archive, EventFilter(to_timestamp=START), 2) == []

    def test_lists_find_a_day_among_days_and_events_out_of_time_order(self, archive: Archive) -> None:
        writer = Writer()
        days = [0, 3, 1, 3, 0, 2]
        for number, day in enumerate(days):
            writer.write(f"claim_{number}", CREATE, at=START + timedelta(days=day))
        archive.append(writer.events)
        assert walk(archive, EventFilter(from_timestamp=START + timedelta(days=3)), 1) == [2, 4]
        assert walk(archive, EventFilter(to_timestamp=START), 1) == [1, 5]
        second = EventFilter(from_timestamp=START + timedelta(days=1), to_timestamp=START + timedelta(days=2))
        assert walk(archive, second, 5) == [3, 6]

    def test_an_offset_skips_what_the_filter_lets_through(self, archive: Archive) -> None:
        archive.append(lives(4))
        page = archive.list(ALL, Place(None, 6), 3)
        assert [event.position for event in page.items] == [7, 8, 9]
        page = archive.list(EventFilter(event_type="ReclamationCreee"), Place(None, 2), 3)
        assert [event.position for event in page.items] == [11, 16]
        assert page.next is None
        assert archive.list(ALL, Place(None, 100), 3).items == []
        page = archive.list(EventFilter(correlation_id="trace_claim_1"), Place(None, 2), 2)
        assert [event.position for event in page.items] == [3, 4]

    def test_lists_show_events_beyond_a_gap(self, archive: Archive) -> None:
        events = lives(4)
        archive.append([event for event in events if event.position not in {3, 12}])
        expected = [position for position in range(1, 21) if position not in {3, 12}]
        assert walk(archive, ALL, 4) == expected
        assert walk(archive, EventFilter(event_type="ReclamationCreee"), 1) == [1, 6, 11, 16]
        assert [event.position for event in archive.list(ALL, Place(None, 3), 2).items] == [5, 6]

    def test_totals_count_events_claims_types_and_days(self, archive: Archive) -> None:
        writer = Writer()
        writer.live("claim_1")
        writer.live("claim_2", 3)
        writer.write("claim_3", CREATE, at=START + timedelta(days=1))
        archive.append(writer.events[:4])
        archive.append(writer.events[4:])
        totals = archive.totals()
        assert (totals.events, totals.aggregates) == (9, 3)
        assert {name: tally.count for name, tally in totals.by_event_type.items()} == {
            "ReclamationCreee": 3,
            "ReclamationAffectee": 2,
            "ReclamationEnCours": 2,
            "ReclamationResolue": 1,
            "ReclamationCloturee": 1,
        }
        assert {day: tally.count for day, tally in totals.by_day.items()} == {"2025-07-08": 8, "2025-07-09": 1}
        assert totals.busiest() == [("claim_1", 5), ("claim_2", 3), ("claim_3", 1)]
