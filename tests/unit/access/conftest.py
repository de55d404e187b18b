"""The whole system in memory, where callers must be known, after one claim's whole life."""

import json

import pytest

from events.generate import CLAIM, EVENTS, functions
from tests.unit.fixtures.memory_system import MemorySystem, handler_of


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> MemorySystem:
    """The claim of the fixtures has been made, worked on and closed, and every subscriber was told."""
    system = MemorySystem(monkeypatch)
    system.append(CLAIM)
    for name, function in functions().items():
        if "EventSourceMapping" in function["Metadata"]:
            batch = json.loads((EVENTS / "streams" / f"{name}.json").read_text(encoding="utf-8"))
            assert handler_of(function["Properties"]["Handler"])(batch, None) == {"batchItemFailures": []}
    monkeypatch.setenv("AUTH_MODE", "required")
    return system
