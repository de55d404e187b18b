"""The rules of EventBridge's pattern language for one value: literals, `prefix`, `numeric`, `anything-but`, …

Source: "Comparison operators for use in event patterns" in the EventBridge user guide. Where it is silent this follows
aws/event-ruler, the library that EventBridge runs. `cidr` is not here: no field of an event is an address.
"""

from collections.abc import Callable, Iterable
from typing import Any

from streams.filtering.numbers import is_number, numeric
from streams.filtering.wildcard import wildcard
from streams.mapping.properties import PropertyError

Match = Callable[[Any], bool]
"""Takes a value that is neither an object nor a list."""


def compile_rules(rules: Iterable[Any]) -> Match:
    """Whether any of the alternatives holds: literals `"a"`, `1`, `true`, `null`, and objects `{"prefix": "a"}`.

    Raises PropertyError. A number matches as it is written, so that 300 is not 300.0; `numeric` compares values.
    """
    rules = list(rules)
    literals = [rule for rule in rules if not isinstance(rule, dict)]
    return _any([_literals(literals)] * bool(literals) + [_operator(rule) for rule in rules if isinstance(rule, dict)])


def _any(matches: list[Match]) -> Match:
    if len(matches) == 1:
        return matches[0]
    return lambda value: any(match(value) for match in matches)


def _literals(literals: list[Any]) -> Match:
    if any(isinstance(literal, list) for literal in literals):
        raise PropertyError("must have a text, a number, true, false, null or an object as an alternative, not a list")
    if all(isinstance(literal, str) for literal in literals):
        return frozenset(literals).__contains__  # most patterns by far: half the time of what follows
    # With their types: to Python true is 1 and 300 is 300.0.
    typed = frozenset((type(literal), literal) for literal in literals)
    return lambda value: (type(value), value) in typed


def _operator(rule: dict[str, Any]) -> Match:
    name, operand = _single(rule)
    if name not in _OPERATORS:
        raise PropertyError(f"does not know the operator {name!r}; it knows exists, {', '.join(_OPERATORS)}")
    return _OPERATORS[name](operand)


def _single(rule: dict[str, Any]) -> tuple[str, Any]:
    if len(rule) != 1:
        raise PropertyError(f"must have one operator in an object, not {sorted(rule)}")
    return next(iter(rule.items()))


def _of_text(matches: Callable[[str], bool]) -> Match:
    return lambda value: isinstance(value, str) and matches(value)


def _starts(text: str) -> Match:
    return _of_text(lambda value: value.startswith(text))


def _starts_ignoring_case(text: str) -> Match:
    start = text.lower()
    return _of_text(lambda value: value.lower().startswith(start))


def _ends(text: str) -> Match:
    return _of_text(lambda value: value.endswith(text))


def _ends_ignoring_case(text: str) -> Match:
    end = text.lower()
    return _of_text(lambda value: value.lower().endswith(end))


def _equals_ignoring_case(text: str) -> Match:
    same = text.lower()
    return _of_text(lambda value: value.lower() == same)


def _wildcard(text: str) -> Match:
    return _of_text(wildcard(text))


def _with_text(name: str, build: Callable[[str], Match]) -> Callable[[Any], Match]:
    def rule(operand: Any) -> Match:
        return build(_text(name, operand))

    return rule


def _text(name: str, operand: Any) -> str:
    if not isinstance(operand, str):
        raise PropertyError(f"must have a text for {name}, not {operand!r}")
    return operand


def _prefix(operand: Any) -> Match:
    return _edge("prefix", operand, _starts, _starts_ignoring_case)


def _suffix(operand: Any) -> Match:
    return _edge("suffix", operand, _ends, _ends_ignoring_case)


def _edge(name: str, operand: Any, exact: Callable[[str], Match], ignoring_case: Callable[[str], Match]) -> Match:
    if isinstance(operand, dict) and set(operand) == {"equals-ignore-case"}:
        return ignoring_case(_text(name, operand["equals-ignore-case"]))
    return exact(_text(name, operand))


def _anything_but(operand: Any) -> Match:
    """The field is there, and its value is not one of these. Objects name what it must not be like."""
    excluded = _excluded_like(operand) if isinstance(operand, dict) else _excluded_values(operand)
    return lambda value: not excluded(value)


def _excluded_values(operand: Any) -> Match:
    values = operand if isinstance(operand, list) else [operand]
    if values and all(isinstance(value, str) for value in values):
        return frozenset(values).__contains__
    if values and all(is_number(value) for value in values):
        numbers = frozenset(values)
        return lambda value: is_number(value) and value in numbers
    raise PropertyError(f"must have texts alone or numbers alone for anything-but, not {operand!r}")


def _excluded_like(operand: dict[str, Any]) -> Match:
    name, texts = _single(operand)
    if name not in _NOT_LIKE:
        raise PropertyError(f"must have one of {', '.join(_NOT_LIKE)} under anything-but, not {name!r}")
    texts = texts if isinstance(texts, list) else [texts]
    if not texts or (name in ("prefix", "suffix") and "" in texts):
        raise PropertyError(f"must have a text that is not empty for anything-but {name}")
    return _any([_NOT_LIKE[name](_text(name, text)) for text in texts])


_NOT_LIKE: dict[str, Callable[[str], Match]] = {
    "prefix": _starts,
    "suffix": _ends,
    "equals-ignore-case": _equals_ignoring_case,
    "wildcard": _wildcard,
}

_OPERATORS: dict[str, Callable[[Any], Match]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _with_text("equals-ignore-case", _equals_ignoring_case),
    "wildcard": _with_text("wildcard", _wildcard),
    "anything-but": _anything_but,
    "numeric": numeric,
}
