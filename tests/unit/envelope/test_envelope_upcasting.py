"""Upcasters: an old payload is brought up to date when it is read, and stays as it is where it is stored."""

from collections.abc import Mapping
from typing import Any

import pytest

from envelope.upcasting import UpcasterRegistry


def registry() -> UpcasterRegistry:
    made = UpcasterRegistry()

    @made.register("Moved", from_version=1)
    def split_the_name(data: Mapping[str, Any]) -> dict[str, Any]:
        first, last = data["name"].split(" ")
        return {"first": first, "last": last}

    @made.register("Moved", from_version=2)
    def add_the_country(data: Mapping[str, Any]) -> dict[str, Any]:
        return {**data, "country": "FR"}

    return made


def test_each_step_is_applied_in_turn() -> None:
    stored = {"name": "Zoé Martin"}
    assert registry().upcast("Moved", stored, 1, 3) == {"first": "Zoé", "last": "Martin", "country": "FR"}
    assert stored == {"name": "Zoé Martin"}


def test_steps_before_the_stored_version_are_left_out() -> None:
    stored = {"first": "Zoé", "last": "Martin"}
    assert registry().upcast("Moved", stored, 2, 3) == {**stored, "country": "FR"}
    assert registry().upcast("Moved", stored, 3, 3) is stored


def test_a_missing_step_is_an_error() -> None:
    with pytest.raises(LookupError):
        registry().upcast("Moved", {}, 1, 4)
    with pytest.raises(LookupError):
        registry().upcast("Other", {}, 1, 2)


def test_a_step_is_told_once() -> None:
    made = registry()
    with pytest.raises(ValueError, match="already has an upcaster from version 1"):
        made.register("Moved", from_version=1)(lambda data: dict(data))
