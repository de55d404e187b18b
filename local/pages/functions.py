"""The functions of a folder and what invokes them, as the template says."""

import json
from collections.abc import Iterator

from local.pages.markdown import code, listed, table
from local.pages.subjects import Subject
from local.template.model import Function


def functions(subject: Subject) -> str:
    """A table of the functions, and one of each event source mapping."""
    head = ("Function", "Handler", "Invoked by", "Timeout", "Memory", "Kept warm")
    parts = [table(head, [_row(function) for function in subject.functions])]
    parts += [_mapping(function) for function in subject.subscribers]
    return "\n\n".join(parts)


def _row(function: Function) -> tuple[str, ...]:
    return (
        code(function.name),
        code(function.handler),
        invoked_by(function),
        f"{function.timeout_s} s",
        f"{function.memory_mb} MB",
        str(function.environments),
    )


def invoked_by(function: Function) -> str:
    """What has the function run."""
    return "; ".join(_triggers(function)) or "the gateway, as its authorizer"


def _triggers(function: Function) -> Iterator[str]:
    if function.routes:
        yield f"HTTP, port {function.port}" if function.port else "HTTP"
    if function.mapping is not None:
        yield f"the stream {code(str(function.mapping['Stream']))}"
    yield from (f"the clock, {code(schedule.expression)}" for schedule in function.schedules)


def _mapping(function: Function) -> str:
    assert function.mapping is not None
    rows = [(code(name), _value(value)) for name, value in function.mapping.items()]
    return f"How {code(function.name)} is fed:\n\n{table(('Property', 'Value'), rows)}"


def _value(value: object) -> str:
    """A property's value as a person writes it: lists by commas, filters as their patterns."""
    if isinstance(value, list):
        return listed(map(str, value))
    if isinstance(value, dict):
        return listed(str(each["Pattern"]) for each in value["Filters"]) if "Filters" in value else json.dumps(value)
    return code(str(value).lower() if isinstance(value, bool) else str(value))
