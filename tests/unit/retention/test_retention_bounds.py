"""From where the log is kept: the lowest of what groups, archive and settings need."""

import pytest

from functions.retention.bounds import Bound, RequiredGroupMissingError, find_bound
from repositories.ports.log_retention import GroupProgress, LogState

REQUIRED = ("archiver", "mailer")


def bound(
    archiver: GroupProgress, other: GroupProgress | None = None, *, archived_to: int = 90, events_min: int = 0
) -> Bound:
    groups = {"archiver": archiver, "mailer": GroupProgress(95, 95)}
    if other is not None:
        groups["somebody"] = other
    return find_bound(LogState(1, 100, groups), archived_to, REQUIRED, events_min)


def test_the_archive_bounds_where_every_group_is_further() -> None:
    assert bound(GroupProgress(100, 100)) == Bound(90, "archive")


def test_the_oldest_entry_that_a_group_did_not_acknowledge_bounds() -> None:
    assert bound(GroupProgress(40, 80)) == Bound(40, "group archiver")


def test_the_checkpoint_behind_which_a_group_would_be_made_again_bounds() -> None:
    assert bound(GroupProgress(80, 40)) == Bound(40, "checkpoint of archiver")


def test_a_required_group_without_a_checkpoint_keeps_everything() -> None:
    assert bound(GroupProgress(80, None)) == Bound(0, "missing checkpoint of archiver")


def test_a_group_that_nobody_requires_bounds_while_it_is_there_but_needs_no_checkpoint() -> None:
    assert bound(GroupProgress(99, 99), GroupProgress(7, None)) == Bound(7, "group somebody")
    assert bound(GroupProgress(99, 99), GroupProgress(99, None)) == Bound(90, "archive")
    assert bound(GroupProgress(99, 99), GroupProgress(99, 8)) == Bound(8, "checkpoint of somebody")


def test_the_newest_events_stay_as_many_as_were_asked_for() -> None:
    assert bound(GroupProgress(100, 100), events_min=30) == Bound(71, "events_min")
    assert bound(GroupProgress(100, 100), events_min=1000).keep_from == 0


def test_a_required_group_that_is_missing_stops_it_by_name() -> None:
    with pytest.raises(RequiredGroupMissingError, match="no group mailer"):
        find_bound(LogState(1, 9, {"archiver": GroupProgress(9, 9)}), 9, REQUIRED, 0)
