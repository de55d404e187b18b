"""FilterCriteria: which records reach the function at all. The pattern language has its own unit tests."""

import json
from collections.abc import Callable
from typing import Any

from tests.integration.streams.kit import Scene


def filters(*patterns: dict[str, Any]) -> dict[str, Any]:
    return {"Filters": [{"Pattern": json.dumps(pattern)} for pattern in patterns]}


def of_type(*event_types: str) -> dict[str, Any]:
    return {"event": {"event_type": list(event_types)}}


def test_what_does_not_match_is_acknowledged_and_never_invokes(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Control which events Lambda sends to your function": not satisfied, Lambda discards the record."""
    scene = set_scene(FilterCriteria=filters(of_type("ReclamationCreee")))
    scene.add("a", event_type="ReclamationCreee")
    scene.add("a", event_type="ReclamationAffectee")
    scene.add("b", event_type="ReclamationCreee")
    report = scene.poll()
    assert scene.function.batches() == [["1-0", "3-0"]]
    assert (report.filtered, report.done, scene.pending()) == (1, 2, 0)


def test_where_nothing_matches_the_function_is_not_invoked(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Control which events Lambda sends to your function": not satisfied, Lambda discards the record."""
    scene = set_scene(FilterCriteria=filters(of_type("ReclamationCreee")))
    scene.add(*"abcdefg", event_type="ReclamationAffectee")
    report = scene.poll(4)
    assert scene.function.given == []
    assert (report.attempted, report.filtered, scene.pending()) == (0, 7, 0)


def test_filters_are_ored(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Control which events Lambda sends to your function": "Your filters are logically ORed together"."""
    scene = set_scene(FilterCriteria=filters(of_type("ReclamationCreee"), {"event": {"aggregate_id": ["b"]}}))
    scene.add("a", "b", "c", event_type="ReclamationAffectee")
    scene.add("d", event_type="ReclamationCreee")
    scene.poll(2)
    assert scene.function.ids() == ["2-0", "4-0"]


def test_what_is_filtered_out_while_its_key_is_parked_is_not_parked(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Control which events Lambda sends to your function". The parked stream holds what the function must do."""
    scene = set_scene(FilterCriteria=filters(of_type("ReclamationCreee")), MaximumRetryAttempts=0)
    scene.add("a", event_type="ReclamationCreee")
    scene.function.failing = {"1-0"}
    scene.poll()
    scene.add("a", event_type="ReclamationAffectee")
    scene.add("a", event_type="ReclamationCreee")
    scene.poll(2)
    assert scene.parked_ids() == ["1-0", "3-0"]


def test_what_was_pending_before_the_filter_is_filtered_too(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Control which events Lambda sends to your function"."""
    before = set_scene()
    before.add("a", event_type="ReclamationAffectee")
    before.function.failing = {"1-0"}
    before.poll()
    after = set_scene(
        Stream=before.mapping.stream,
        Group=before.mapping.group,
        FilterCriteria=filters(of_type("ReclamationCreee")),
    )
    after.poll(2)
    assert (after.function.given, after.pending()) == ([], 0)


def test_without_filters_every_record_reaches_the_function(set_scene: Callable[..., Scene]) -> None:
    """AWS: "Control which events Lambda sends to your function"."""
    scene = set_scene(FilterCriteria={})
    scene.add("a", "b", event_type="ReclamationAffectee")
    scene.poll()
    assert scene.function.ids() == ["1-0", "2-0"]
