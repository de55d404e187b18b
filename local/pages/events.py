"""The events that a service is given, and those that it appends."""

import json
from collections.abc import Mapping
from pathlib import Path

from envelope.catalogue import EVENT_TYPES
from local.pages.markdown import listed
from local.pages.sources import called, imported
from local.pages.subjects import Subject
from local.paths import ROOT
from local.template.model import Function

_DECIDE = ROOT / "layers/claim_domain/python/claim_domain/decide.py"


def events(subject: Subject) -> str:
    """What comes in and what goes out, a line each."""
    lines = [f"- In, to `{function.name}`: {listed(taken(function))}" for function in subject.subscribers]
    return "\n".join([*(lines or ["- In: –"]), f"- Out: {listed(appended(subject))}"])


def taken(function: Function) -> list[str]:
    """The event types that the mapping's filters let pass, all where there are none."""
    assert function.mapping is not None
    criteria = function.mapping.get("FilterCriteria")
    if criteria is None:
        return list(EVENT_TYPES)
    assert isinstance(criteria, Mapping)
    patterns = [json.loads(each["Pattern"]) for each in criteria["Filters"]]
    wanted = {name for pattern in patterns for name in pattern.get("event", {}).get("event_type", EVENT_TYPES)}
    return [name for name in EVENT_TYPES if name in wanted]


def appended(subject: Subject) -> list[str]:
    """The event types of which the service makes one, where it opens the log for appending."""
    if not _appends(subject.path):
        return []
    made = called(subject.path)
    decides = "decide" in {name for _, name in imported(subject.path, "claim_domain")}
    return [name for name in EVENT_TYPES if name in made | (called(_DECIDE) if decides else set())]


def _appends(folder: Path) -> bool:
    return ("repositories.redis_log.event_log", "RedisEventLog") in set(imported(folder, "repositories"))
