"""A sweep removes what everybody is done with, and nothing where it cannot tell."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from envelope import Envelope
from events.generate import CLAIM, EVENTS, functions
from functions.retention import bootstrap
from functions.retention.events import handler
from functions.retention.service import Limits
from handlers.settings import SettingsError, read_settings
from repositories.ports.log_memory import MemoryUse
from repositories.ports.log_retention import GroupProgress
from tests.contract.histories import LIFE, Writer, changed, lives
from tests.unit.fixtures.memory_system import MemorySystem, handler_of
from tests.unit.retention.fake_log import GROUPS, Case

WEEK = timedelta(days=7)


@pytest.fixture
def case() -> Case:
    return Case(lives(3))


def stops(reason: str) -> float:
    return REGISTRY.get_sample_value("retention_stops_total", {"reason": reason}) or 0.0


def test_what_everybody_is_done_with_goes_but_for_the_last_event(case: Case) -> None:
    swept = case.retention.sweep()
    assert swept.problem is None
    assert (swept.keep_from, swept.trimmed) == (15, {"events:all": 14})
    assert case.positions() == [15]
    assert case.retention.sweep().trimmed == {"events:all": 0}


def test_the_newest_events_stay_until_memory_runs_short() -> None:
    case = Case(lives(3), Limits(events_min=10, cool_after_s=7 * 86_400))
    assert case.retention.sweep().held_by == "events_min"
    assert case.positions() == list(range(6, 16))
    case.log.use = MemoryUse(75, 100)
    assert case.retention.sweep().under_pressure
    assert case.positions() == [15]


def test_a_checkpoint_holds_what_a_group_acknowledged_also_when_memory_runs_short(case: Case) -> None:
    case.log.groups["mailer"] = GroupProgress(done_to=15, checkpoint=4)
    assert case.retention.sweep().held_by == "checkpoint of mailer"
    case.log.use = MemoryUse(90, 100)
    assert case.retention.sweep().held_by == "checkpoint of mailer"
    assert case.positions()[0] == 4


def test_memory_without_a_limit_is_never_short(case: Case) -> None:
    case.log.use = MemoryUse(10**12, None)
    swept = case.retention.sweep()
    assert (swept.under_pressure, swept.memory_ratio) == (False, None)


def test_a_missing_group_stops_trimming_and_is_told(case: Case) -> None:
    del case.log.groups["mailer"]
    before = stops("RequiredGroupMissingError")
    swept = case.retention.sweep()
    assert "no group mailer" in (swept.problem or "")
    assert len(case.positions()) == 15
    assert stops("RequiredGroupMissingError") == before + 1


def test_a_claim_is_cooled_seven_days_after_its_closing_and_not_before(case: Case) -> None:
    closed_at = case.archive.of_aggregate("claim_1")[-1].timestamp
    case.log.groups["mailer"] = GroupProgress(0, 0)
    case.now = closed_at + WEEK - timedelta(milliseconds=1)
    assert case.retention.sweep().cooled_claims == 0
    case.now = closed_at + WEEK
    swept = case.retention.sweep()
    assert (swept.cooled_claims, swept.cooled_entries, case.log.cold) == (1, 5, {"claim_1"})
    case.now += timedelta(days=1)
    assert case.retention.sweep().cooled_claims == 2


def test_under_pressure_a_claim_is_cooled_as_soon_as_it_is_archived(case: Case) -> None:
    case.now = case.archive.of_aggregate("claim_3")[-1].timestamp
    case.log.use = MemoryUse(80, 100)
    assert case.retention.sweep().cooled_claims == 3


def test_a_claim_is_not_cooled_before_the_archive_reached_its_closing() -> None:
    events = lives(3)
    case = Case(events[:12])
    case.log.events, case.log.last_position = list(events), len(events)
    case.now += 2 * WEEK
    assert case.retention.sweep().cooled_claims == 2
    assert case.log.cold == {"claim_1", "claim_2"}
    assert case.positions() == [12, 13, 14, 15]


@pytest.mark.parametrize("damage", ["lacks a version", "has another event"])
def test_a_claim_that_the_archive_has_otherwise_stops_everything(case: Case, damage: str) -> None:
    case.now += 2 * WEEK
    key = ("claim_2", 3)
    at = case.archive._by_version[key]
    if damage == "lacks a version":
        # The checkpoint goes by position: what a person deleted behind its back is seen claim by claim only.
        case.archive._by_position[at.position or 0] = changed(at, aggregate_id="claim_x", version=1)
    else:
        case.archive._by_position[at.position or 0] = changed(at, correlation_id="another")
    swept = case.retention.sweep()
    assert "of claim_2" in (swept.problem or "")
    assert (case.log.cold, len(case.positions())) == (set(), 15)


def enriched() -> Case:
    """Two closed claims at positions 1 to 11, the first of which got its context at position 3, before its closing."""
    writer = Writer()
    for step in LIFE[:2]:
        writer.write("claim_1", step)
    writer.enrich("claim_1")
    for step in LIFE[2:]:
        writer.write("claim_1", step)
    writer.live("claim_2")
    case = Case(writer.events)
    case.now += 2 * WEEK
    return case


def test_the_context_of_a_claim_is_cooled_with_it() -> None:
    case = enriched()
    swept = case.retention.sweep()
    assert (swept.cooled_claims, swept.cooled_entries, swept.problem) == (2, 11, None)
    assert case.log.cold == {"claim_1", "claim_2", "context_claim_1"}


def test_a_context_that_is_not_archived_yet_stays_and_holds_back_no_other() -> None:
    writer = Writer()
    for number in (1, 2):
        writer.live(f"claim_{number}")
    case = Case(writer.events)
    late = writer.enrich("claim_1")
    case.log.events, case.log.last_position = writer.events, late.position or 0
    case.now += 2 * WEEK
    swept = case.retention.sweep()
    assert (swept.cooled_claims, swept.cooled_entries, swept.problem) == (2, 10, None)
    assert case.log.events_of("context_claim_1") == [late]


@pytest.mark.parametrize("damage", ["lacks version 1", "another event"])
def test_a_context_that_the_archive_has_otherwise_stops_everything(damage: str) -> None:
    case = enriched()
    archived = case.archive._by_position[3]
    if damage == "another event":
        case.archive._by_position[3] = changed(archived, correlation_id="another")
    else:
        case.archive._by_position[3] = changed(archived, aggregate_id="claim_x")
    swept = case.retention.sweep()
    assert damage in (swept.problem or "")
    assert "of context_claim_1" in (swept.problem or "")
    assert (case.log.cold, len(case.positions())) == (set(), 11)


def test_an_archive_that_is_ahead_of_the_log_or_of_another_history_stops_everything() -> None:
    ahead = Case(lives(3))
    ahead.log.events, ahead.log.last_position = ahead.log.events[:10], 10
    assert "the archive ends at position 15" in (ahead.retention.sweep().problem or "")
    other = Case(lives(3))
    other.log.events[-1] = changed(other.log.events[-1], correlation_id="another")
    assert "different events at position 15" in (other.retention.sweep().problem or "")
    assert (len(ahead.positions()), len(other.positions())) == (10, 15)


def test_a_fork_of_history_stops_everything(case: Case) -> None:
    case.archive.append([changed(lives(1)[0], event_id="another")])
    assert "another" in (case.retention.sweep().problem or "")
    assert len(case.positions()) == 15


def test_a_log_that_was_restored_without_what_is_archived_is_well(case: Case) -> None:
    case.log.events = []
    assert case.retention.sweep().problem is None


def test_nothing_goes_before_anything_is_archived() -> None:
    events = lives(1)
    case = Case([])
    case.log.events, case.log.last_position = list(events), len(events)
    swept = case.retention.sweep()
    assert (swept.problem, swept.held_by, len(case.positions())) == (None, "archive", 5)


def test_a_sweep_ends_in_time_and_the_next_goes_on(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.retention.cooling.PAGE_CLAIMS_MAX", 1)
    case.now += 2 * WEEK
    cool = case.log.cool

    def slowly(*given: object) -> object:
        case.seconds += 30
        return cool(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(case.log, "cool", slowly)
    case.log.groups = {name: GroupProgress(0, 0) for name in GROUPS}
    assert [case.retention.sweep().cooled_claims for _ in range(3)] == [2, 1, 0]


def test_a_slow_archive_ends_the_cooling_and_not_the_sweep(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    case.now += 2 * WEEK
    read = case.archive.of_aggregate

    def slowly(claim_id: str) -> Sequence[Envelope]:
        case.seconds += 15
        return read(claim_id)

    monkeypatch.setattr(case.archive, "of_aggregate", slowly)
    case.retention = case.retention_of(Limits(events_min=0, sweep_s_max=20))
    swept = case.retention.sweep()
    assert (swept.cooled_claims, swept.trimmed) == (2, {"events:all": 14})
    assert case.log.cold == {"claim_1", "claim_2"}


def test_the_handler_answers_what_json_can_say(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "retention", lambda: case.retention)
    assert handler({"detail-type": "Scheduled Event", "detail": {}}, None) == {
        "under_pressure": False,
        "trimmed": {"events:all": 14},
        "cooled_claims": 0,
        "cooled_entries": 0,
        "keep_from": 15,
        "held_by": "archive",
        "memory_ratio": 0.1,
        "problem": None,
    }


def test_the_function_of_the_template_takes_the_event_of_its_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    system = MemorySystem(monkeypatch)
    system.append(CLAIM)
    events = [event for event in map(system.log.event_at, range(1, 6)) if event]
    assert system.archive.append(events) == {}
    sweep = handler_of(functions()["RetentionFunction"]["Properties"]["Handler"])
    swept = sweep(json.loads((EVENTS / "schedules" / "RetentionFunction.json").read_text(encoding="utf-8")), None)
    assert (swept["problem"], swept["trimmed"]) == (None, {"events:all": 4})


def test_the_required_groups_are_named_in_one_variable() -> None:
    environ = {"REDIS_URL": "redis://x", "MONGO_URL": "mongodb://x", "REQUIRED_GROUPS": " a, b,,a "}
    assert read_settings(bootstrap.Settings, environ).groups() == ("a", "b")
    with pytest.raises(SettingsError, match="REQUIRED_GROUPS"):
        read_settings(bootstrap.Settings, {**environ, "REQUIRED_GROUPS": " ,"})


def test_pressure_changes_only_what_stays_though_nobody_needs_it() -> None:
    limits = Limits(events_min=7, cool_after_s=8, pressure_percent=60, sweep_s_max=9)
    assert limits.under(pressure=False) == limits
    pressed = limits.under(pressure=True)
    assert replace(pressed, events_min=7, cool_after_s=8) == limits
