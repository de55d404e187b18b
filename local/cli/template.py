"""`template check`: what of a template is emulated, left to the cloud, or refused."""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from local.cli.errors import CommandError
from local.template import Template, TemplateError
from local.template.reader import Reading, read_template
from local.template.report import Finding, Verdict, findings_of

_HEADS: dict[Verdict, str] = {"emulated": "emulated", "cloud": "left to the cloud", "refused": "REFUSED"}
_WIDTH = max(map(len, _HEADS.values()))


def command(given: argparse.Namespace) -> int:
    """Print the report; 1 where `up` would refuse the template."""
    reading = _read(given.file)
    findings = [*findings_of(reading), *_mapping_findings(reading), *_event_invoke_findings(reading)]
    print(as_json(findings) if given.json else as_text(given.file, reading.template, findings))
    return 1 if any(finding.verdict == "refused" for finding in findings) else 0


def as_json(findings: Iterable[Finding]) -> str:
    """An object with the findings and whether `up` takes the template."""
    listed = [asdict(finding) for finding in findings]
    accepted = all(finding["verdict"] != "refused" for finding in listed)
    return json.dumps({"accepted": accepted, "findings": listed}, ensure_ascii=False)


def as_text(path: Path, template: Template, findings: Sequence[Finding]) -> str:
    """Resource by resource, and at the end what `up` would make of it."""
    lines: list[str] = []
    for resource, of_resource in groupby(findings, key=lambda finding: finding.resource):
        lines += _resource(resource, list(of_resource))
    return "\n".join([*lines, "", _verdict(path, template, findings)])


def _read(path: Path) -> Reading:
    from local.supervisor.plan import Urls

    try:
        # As `up` reads it first: it knows no address yet, and no function, route or port depends on one.
        return read_template(path.resolve(), Urls("", "", "", "", "").as_parameters())
    except TemplateError as error:
        raise CommandError(f"{path} is not a template: {error}") from error


def _mapping_findings(reading: Reading) -> list[Finding]:
    """What `up` finds wrong with the event source mappings, once all else is right."""
    from local.paths import put_layers_on_path

    put_layers_on_path()
    from local.supervisor.errors import StartError
    from local.supervisor.mappings import check_mappings

    try:
        check_mappings(reading.template)
    except StartError as error:
        _, _, told = str(error).partition(": ")
        resource, _, text = told.partition(": ")
        return [Finding(resource, reading.types.get(resource, ""), "Metadata.EventSourceMapping", "refused", text)]
    return []


def _event_invoke_findings(reading: Reading) -> list[Finding]:
    """What the Invoke API finds wrong with what becomes of asynchronous events: the first of it."""
    from local.invokeapi.asynchronous.settings import settings_of

    template = reading.template
    try:
        settings_of(template, {function.name: function.event_invoke for function in template.functions})
    except TemplateError as error:
        where, _, text = str(error).partition(": ")
        resource, _, name = where.partition(".")
        return [Finding(resource, reading.types.get(resource, ""), name.removeprefix("Properties."), "refused", text)]
    return []


def _resource(name: str, findings: Sequence[Finding]) -> list[str]:
    kind = findings[0].type
    lines = ["", f"{name}  {kind}".rstrip()]
    emulated = [finding for finding in findings if finding.verdict == "emulated"]
    if emulated:
        lines.append(_line("emulated", ", ".join(_named(finding) for finding in emulated)))
    lines += [_line(one.verdict, _named(one, separator=": ")) for one in findings if one.verdict != "emulated"]
    return lines


def _named(finding: Finding, separator: str = "") -> str:
    """The property with what is told of it: `Tags: names and labels`, `Events (2 routes)`."""
    if not finding.name or not finding.text:
        return finding.name or finding.text
    return f"{finding.name}{separator}{finding.text}" if separator else f"{finding.name} ({finding.text})"


def _line(verdict: Verdict, text: str) -> str:
    return f"  {_HEADS[verdict]:<{_WIDTH}}  {text}"


def _verdict(path: Path, template: Template, findings: Sequence[Finding]) -> str:
    refused = sum(finding.verdict == "refused" for finding in findings)
    if refused:
        return f"{path.name}: {refused} {'reason' if refused == 1 else 'reasons'} why `./recours up` refuses it."
    functions = len(template.functions)
    routes = sum(len(function.routes) for function in template.functions)
    schedules = sum(len(function.schedules) for function in template.functions)
    return f"{path.name}: `./recours up` runs it: {functions} functions, {routes} routes, {schedules} schedules."
