"""EventBridge's pattern language, compiled once to a function: which fields, which alternatives, `$or`.

Source: "Amazon EventBridge event patterns" in the EventBridge user guide, which Lambda's event filtering follows, and
aws/event-ruler for lists: a list in the event matches where any element does, and fields of one object in the pattern
have to be found in one and the same element.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from streams.filtering.rules import Match, compile_rules
from streams.mapping.properties import PropertyError

# Takes the object that holds the field, and the whole record, in which alone it can be told that a field is absent.
Test = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]

NESTING_MAX = 100
OR_BRANCHES_MIN = 2
_ABSENT: Any = object()
_NOTHING: dict[str, Any] = {}
_OPERATOR_NAMES = {
    *("equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric", "cidr"),
    *("=", "<", "<=", ">", ">="),
}


def compile_pattern(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """JSON text → whether a record (decoded JSON) matches. Raises PropertyError, which says what is wrong and where."""
    try:
        pattern = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except ValueError as error:
        raise PropertyError(f"must be JSON: {error}") from None
    except RecursionError:
        raise PropertyError(f"must not be nested deeper than {NESTING_MAX} objects") from None
    test = _object_test(pattern, ())
    return lambda record: test(record, record)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise PropertyError(f"has {name!r} twice in one object")
    return dict(pairs)


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _object_test(pattern: Any, path: tuple[str, ...], *, in_or: bool = False) -> Test:
    if not isinstance(pattern, dict) or not pattern:
        raise PropertyError(f"must be an object that is not empty{_at(path)}, not {pattern!r}")
    if len(path) > NESTING_MAX:
        raise PropertyError(f"must not be nested deeper than {NESTING_MAX} objects")
    return _all([_member_test(name, rule, path, in_or=in_or) for name, rule in pattern.items()])


def _member_test(name: str, rule: Any, path: tuple[str, ...], *, in_or: bool) -> Test:
    if name == "$or":
        return _or_test(rule, path)
    if in_or and name in _OPERATOR_NAMES:
        raise PropertyError(f"must not have the operator {name!r} as a field under $or{_at(path)}")
    here = (*path, name)
    if isinstance(rule, list):
        return _values_test(name, rule, here)
    if isinstance(rule, dict):
        return _nested(name, _object_test(rule, here, in_or=in_or))
    raise PropertyError(f"must have a list of alternatives or an object{_at(here)}, not {rule!r}")


def _or_test(branches: Any, path: tuple[str, ...]) -> Test:
    if not isinstance(branches, list) or len(branches) < OR_BRANCHES_MIN:
        raise PropertyError(f"must have a list of at least {OR_BRANCHES_MIN} objects for $or{_at(path)}")
    return _any([_object_test(branch, path, in_or=True) for branch in branches])


def _values_test(name: str, rules: list[Any], path: tuple[str, ...]) -> Test:
    """One field and its alternatives. `exists` is seen to here: it is about the field, and not about a value."""
    if not rules:
        raise PropertyError(f"must have at least one alternative{_at(path)}")
    exists = {_exists(rule, path) for rule in rules if _is_exists(rule)}
    rest = [rule for rule in rules if not _is_exists(rule)]
    tests = [_leaf(name, _compile(rest, path))] * bool(rest)
    tests += [_leaf(name, _always)] * (True in exists)
    tests += [_absent(path)] * (False in exists)
    return _any(tests)


def _compile(rules: list[Any], path: tuple[str, ...]) -> Match:
    try:
        return compile_rules(rules)
    except PropertyError as error:
        raise PropertyError(f"{error}{_at(path)}") from None


def _is_exists(rule: Any) -> bool:
    return isinstance(rule, dict) and "exists" in rule


def _exists(rule: dict[str, Any], path: tuple[str, ...]) -> bool:
    if len(rule) != 1 or not isinstance(rule["exists"], bool):
        raise PropertyError(f"must have true or false for exists, and no other operator beside it{_at(path)}")
    return rule["exists"]


def _always(_value: Any) -> bool:
    return True


def _at(path: tuple[str, ...]) -> str:
    return f" at {'.'.join(path)}" if path else ""


def _all(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(holder: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
        for each in tests:  # noqa: SIM110  a loop takes half the time of `all` over a generator, for every record
            if not each(holder, record):
                return False
        return True

    return test


def _any(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]

    def test(holder: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
        for each in tests:  # noqa: SIM110  as above
            if each(holder, record):
                return True
        return False

    return test


def _leaf(name: str, match: Match) -> Test:
    def test(holder: Mapping[str, Any], _record: Mapping[str, Any]) -> bool:
        value = holder.get(name, _ABSENT)
        if value is _ABSENT or isinstance(value, dict):  # an object is no value: its fields are
            return False
        if isinstance(value, list):
            return any(match(element) for element in _elements(value) if not isinstance(element, dict))
        return match(value)

    return test


def _nested(name: str, inner: Test) -> Test:
    def test(holder: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
        value = holder.get(name)
        if isinstance(value, dict):
            return inner(value, record)
        # Without an object there, all of its fields are absent, which `exists: false` asks for.
        objects = [element for element in _elements(value) if isinstance(element, dict)] or [_NOTHING]
        return any(inner(each, record) for each in objects)

    return test


def _absent(path: tuple[str, ...]) -> Test:
    """No value at the path, in the whole record: an element of a list that lacks the field is not enough."""

    def test(_holder: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
        holders: list[Any] = [record]
        for name in path:
            holders = [
                element
                for holder in holders
                if isinstance(holder, Mapping) and name in holder
                for element in _elements(holder[name])
            ]
        return all(isinstance(value, dict) for value in holders)

    return test


def _elements(value: Any) -> Iterator[Any]:
    """What a list holds, lists in it opened too; another value by itself. Without recursion: events may be deep."""
    if not isinstance(value, list):
        yield value
        return
    open_lists = [iter(value)]
    while open_lists:
        for element in open_lists[-1]:
            if isinstance(element, list):
                open_lists.append(iter(element))
                break
            yield element
        else:
            open_lists.pop()
