"""The parity report: of each resource and property, whether the emulator has it, leaves it to the cloud, or refuses it.

It comes of the very reading that `load_template` makes, so that the two cannot disagree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from local.template.known import KNOWN, LAYER
from local.template.model import Function
from local.template.reader import Reading

Verdict: TypeAlias = Literal["emulated", "cloud", "refused"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `name` is a property's, or empty where the whole resource is meant."""

    resource: str
    type: str
    name: str
    verdict: Verdict
    text: str
    """Why it is left to the cloud or refused; what became of it; or empty."""


def findings_of(reading: Reading) -> tuple[Finding, ...]:
    """Everything that the template says, resource by resource, and then what belongs to none."""
    refused = list(_refused(reading))
    found = [finding for resource in _resources(reading) for finding in _of_resource(reading, resource, refused)]
    return (*found, *(one for one in refused if one.resource not in {finding.resource for finding in found}))


def _resources(reading: Reading) -> list[str]:
    left = [name.partition(" ")[0] for name in reading.template.not_emulated]
    return [*reading.properties, *(name for name in left if "." not in name)]


def _refused(reading: Reading) -> Iterator[Finding]:
    for problem in reading.problems:
        where, _, text = str(problem).partition(": ")
        resource, _, name = where.partition(".")
        kind = reading.types.get(resource, "")
        yield Finding(resource, kind, name.removeprefix("Properties."), "refused", text)


def _of_resource(reading: Reading, resource: str, refused: list[Finding]) -> list[Finding]:
    kind = reading.types[resource]
    own = [finding for finding in refused if finding.resource == resource]
    if resource not in reading.properties:
        return [Finding(resource, kind, "", "cloud", "its name and ARN are there, it is not"), *own]
    known = KNOWN[kind]
    taken = {finding.name.partition(".")[0] for finding in own}
    found = []
    for name in reading.properties[resource][1]:
        if name in taken:
            continue
        verdict: Verdict = "cloud" if name in known.cloud else "emulated"
        found.append(Finding(resource, kind, name, verdict, known.cloud.get(name) or _became(reading, resource, name)))
    return [*found, *own, *_left_out(reading, resource, kind)]


def _left_out(reading: Reading, resource: str, kind: str) -> list[Finding]:
    """The event sources that are not there, where that was allowed."""
    names = [name.partition(" ") for name in reading.template.not_emulated if name.startswith(f"{resource}.")]
    return [
        Finding(
            resource,
            kind,
            name.removeprefix(f"{resource}."),
            "cloud",
            f"nothing here sends {kind_of.strip('()')} events",
        )
        for name, _, kind_of in names
    ]


def _became(reading: Reading, resource: str, name: str) -> str:
    if name != "Events" or reading.types[resource] == LAYER:
        return ""
    function = next((one for one in reading.template.functions if one.name == resource), None)
    return _events(function) if function else ""


def _events(function: Function) -> str:
    counts = {"route": len(function.routes), "schedule": len(function.schedules)}
    return ", ".join(f"{count} {noun}{'s' if count > 1 else ''}" for noun, count in counts.items() if count)
