"""Which records reach the function: `FilterCriteria` in the pattern language of AWS.

Follows "Control which events Lambda sends to your function" (Lambda developer guide), "Comparison operators for use in
event patterns" and "Amazon EventBridge event patterns" (EventBridge user guide), and aws/event-ruler for lists.
"""

import json
from typing import Any

import pytest

from streams.errors import StreamsError
from streams.filtering.criteria import FilterCriteria
from streams.mapping.properties import PropertyError


def matches(pattern: object, **fields: Any) -> bool:
    """Whether a pattern over fields of `data` matches an event with these fields there."""
    text = json.dumps({"event": {"data": pattern}})
    return FilterCriteria((text,)).matches(record(data=fields))


def record(**event: Any) -> dict[str, Any]:
    return {"eventID": "17-0", "stream": "events:all", "group": "audit-service", "event": event}


# rules of the field `x`, values that match, values that do not
RULES: list[tuple[str, list[Any], list[Any], list[Any]]] = [
    ("null", [None], [None], ["null", "", 0, False]),
    ("empty", [""], [""], [None, " ", 0]),
    ("equals", ["Alice"], ["Alice"], ["alice", "Alice ", "", None, 5]),
    ("or", ["Credit", "Debit"], ["Credit", "Debit"], ["Cash"]),
    ("a number as it is written", [300], [300], [300.0, "300", 301, True]),
    ("a fraction", [0.5], [0.5], [0, "0.5"]),
    ("true", [True], [True], [1, "true", False]),
    ("false", [False], [False], [0, None, ""]),
    ("kinds side by side", ["a", 1, None], ["a", 1, None], [True, "1", "b"]),
    ("equals, ignoring case", [{"equals-ignore-case": "alice"}], ["ALICE", "alice", "Alice"], ["Alic", 5, None]),
    ("prefix", [{"prefix": "us-"}], ["us-", "us-east-1"], ["eu-us-", "US-east", "", 5, None]),
    ("prefix, ignoring case", [{"prefix": {"equals-ignore-case": "RÉCL"}}], ["réclamation"], ["une réclamation", 5]),
    ("suffix", [{"suffix": ".png"}], [".png", "a.png"], ["a.png ", "a.PNG", 5, None]),
    ("suffix, ignoring case", [{"suffix": {"equals-ignore-case": ".png"}}], ["a.PNG"], ["a.PNG.gz", None]),
    ("anything but one text", [{"anything-but": "Raining"}], ["Sunny", "", 5, None, True], ["Raining"]),
    ("anything but texts", [{"anything-but": ["a", "b"]}], ["c"], ["a", "b"]),
    ("anything but one number", [{"anything-but": 5}], [6, "5", None, True], [5, 5.0]),
    ("anything but numbers", [{"anything-but": [1, 2]}], [3, "1", True], [1, 2, 1.0]),
    ("not the prefix", [{"anything-but": {"prefix": "init"}}], ["done", 5], ["initializing", "init"]),
    ("not the prefixes", [{"anything-but": {"prefix": ["a", "b"]}}], ["c", ""], ["ax", "bx"]),
    ("not the suffix", [{"anything-but": {"suffix": ".png"}}], ["a.gif"], ["a.png"]),
    ("not the suffixes", [{"anything-but": {"suffix": ["1", "2"]}}], ["3"], ["a1", "a2"]),
    ("not the text in any case", [{"anything-but": {"equals-ignore-case": "stop"}}], ["stops"], ["STOP", "stop"]),
    ("not the texts in any case", [{"anything-but": {"equals-ignore-case": ["a", "B"]}}], ["c"], ["A", "b"]),
    ("not the wildcard", [{"anything-but": {"wildcard": "*/lib/*"}}], ["/usr/bin/a"], ["/usr/lib/a"]),
    ("not the wildcards", [{"anything-but": {"wildcard": ["*.jar", "*.class"]}}], ["a.py"], ["a.jar", "a.class"]),
    ("numeric, equal", [{"numeric": ["=", 100]}], [100, 100.0, 1e2], [101, "100", None, True]),
    ("numeric, true is no number", [{"numeric": [">=", 0]}], [0, 1], [True, False, None, "1"]),
    ("numeric, above", [{"numeric": [">", 10]}], [10.5, 11], [10, 9]),
    ("numeric, from", [{"numeric": [">=", 10]}], [10, 11], [9.99]),
    ("numeric, below", [{"numeric": ["<", 10]}], [9, -1], [10]),
    ("numeric, up to", [{"numeric": ["<=", 10]}], [10, -1], [10.1]),
    ("numeric, range", [{"numeric": [">", 10, "<=", 20]}], [10.1, 20], [10, 20.1]),
    ("numeric, other range", [{"numeric": [">=", -1.5, "<", 0]}], [-1.5, -0.1], [0, -1.6]),
    ("exists", [{"exists": True}], [5, None, "", False, ["a"]], [{"y": 1}, [], [{"y": 1}]]),
    ("does not exist", [{"exists": False}], [{"y": 1}, [], {}], [5, None, "", ["a"]]),
    ("does not exist or is a", [{"exists": False}, "a"], [[], "a"], ["b", None]),
    ("several operators", [{"prefix": "a"}, {"suffix": "z"}, 5], ["ab", "yz", 5], ["b", 6]),
    ("wildcard inside", [{"wildcard": "Simple*Service"}], ["SimpleService", "Simple Queue Service"], ["Simple", 5]),
    ("wildcard at both ends", [{"wildcard": "*/dir/*"}], ["a/dir/b", "/dir/"], ["a/dir", "dir/"]),
    ("wildcards do not overlap", [{"wildcard": "ab*ba"}], ["abba", "abxba"], ["aba", "ab"]),
    ("wildcards in their order", [{"wildcard": "*a*b*"}], ["ab", "xaxbx", "bab"], ["ba", "a"]),
    ("wildcards take what is left", [{"wildcard": "a*b*bc"}], ["abbc", "abxbc"], ["abc"]),
    ("wildcard alone", [{"wildcard": "*"}], ["", "a\nb"], [5, None]),
    ("no wildcard in it", [{"wildcard": "plain"}], ["plain"], ["plainly", ""]),
    ("an asterisk as it is", [{"wildcard": r"\**\*"}], ["**", "*a*"], ["ab", "*"]),
    ("a backslash as it is", [{"wildcard": "C:\\\\*"}], ["C:\\temp"], ["C:/temp"]),
]
FITS = [pytest.param(rules, value, id=f"{name}: {value!r}") for name, rules, fitting, _ in RULES for value in fitting]
MISFITS = [pytest.param(rules, value, id=f"{name}: {value!r}") for name, rules, _, others in RULES for value in others]


@pytest.mark.parametrize(("rules", "value"), FITS)
def test_a_value_that_a_rule_allows_matches(rules: list[Any], value: object) -> None:
    assert matches({"x": rules}, x=value) is True


@pytest.mark.parametrize(("rules", "value"), MISFITS)
def test_a_value_that_no_rule_allows_does_not_match(rules: list[Any], value: object) -> None:
    assert matches({"x": rules}, x=value) is False


@pytest.mark.parametrize(
    "rule",
    [
        *("a", 1, None, True, {"prefix": ""}, {"suffix": ""}, {"wildcard": "*"}, {"equals-ignore-case": "a"}),
        *({"anything-but": "a"}, {"anything-but": 5}, {"anything-but": {"prefix": "a"}}, {"numeric": [">", 0]}),
        {"exists": True},
    ],
    ids=str,
)
def test_a_field_that_is_not_there_matches_no_rule_but_exists_false(rule: object) -> None:
    assert not matches({"x": [rule]}, y=1)
    assert matches({"x": [rule, {"exists": False}]}, y=1)


# pattern over `data`, event's `data`, whether it matches
SHAPES: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("all fields have to match", {"a": [1], "b": [2]}, {"a": 1, "b": 2}, True),
    ("one that does not is enough", {"a": [1], "b": [2]}, {"a": 1, "b": 3}, False),
    ("fields not named do not matter", {"a": [1]}, {"a": 1, "b": {"c": 3}}, True),
    ("nested objects", {"a": {"b": {"c": [1]}}}, {"a": {"b": {"c": 1}}}, True),
    ("a nested one that differs", {"a": {"b": {"c": [1]}}}, {"a": {"b": {"c": 2}}}, False),
    ("a value where an object is asked for", {"a": {"b": [1]}}, {"a": 1}, False),
    ("null where an object is asked for", {"a": {"b": [1]}}, {"a": None}, False),
    ("an object where a value is asked for", {"a": [1]}, {"a": {"b": 1}}, False),
    ("any element of a list", {"a": [2, 3]}, {"a": [1, 2]}, True),
    ("no element of a list", {"a": [3]}, {"a": [1, 2]}, False),
    ("a list in a list", {"a": [3]}, {"a": [1, [2, [3]]]}, True),
    ("what follows a list in a list", {"a": [4]}, {"a": [1, [2, [3]], 4]}, True),
    ("an empty list", {"a": [{"anything-but": 1}]}, {"a": []}, False),
    ("anything but, any element", {"a": [{"anything-but": 1}]}, {"a": [1, 2]}, True),
    ("anything but, no element", {"a": [{"anything-but": 1}]}, {"a": [1, 1]}, False),
    ("objects in a list", {"a": {"b": [2]}}, {"a": [{"b": 1}, {"b": 2}]}, True),
    ("objects in a list in a list", {"a": {"b": [2]}}, {"a": [[{"b": 1}], [{"b": 2}]]}, True),
    ("two fields of one element", {"a": {"b": [1], "c": [2]}}, {"a": [{"b": 1, "c": 2}]}, True),
    ("two fields of two elements", {"a": {"b": [1], "c": [2]}}, {"a": [{"b": 1}, {"c": 2}]}, False),
    ("values beside objects in a list", {"a": [1]}, {"a": [{"b": 2}, 1]}, True),
    ("absent where its object is absent", {"a": {"b": [{"exists": False}]}}, {}, True),
    ("absent where its object is a value", {"a": {"b": [{"exists": False}]}}, {"a": 1}, True),
    ("absent in its object", {"a": {"b": [{"exists": False}]}}, {"a": {"c": 1}}, True),
    ("absent in no element", {"a": {"b": [{"exists": False}]}}, {"a": [{"b": 1}, {"c": 1}]}, False),
    ("absent in every element", {"a": {"b": [{"exists": False}]}}, {"a": [{"d": 1}, {"c": 1}]}, True),
    ("absent beside a match", {"a": {"b": [{"exists": False}], "c": [1]}}, {"a": [{"d": 1}, {"c": 1}]}, True),
    ("or, the first", {"$or": [{"a": [1]}, {"b": [2]}]}, {"a": 1}, True),
    ("or, the second", {"$or": [{"a": [1]}, {"b": [2]}]}, {"b": 2}, True),
    ("or, none", {"$or": [{"a": [1]}, {"b": [2]}]}, {"a": 2, "b": 1}, False),
    ("or, and a field beside it", {"c": [3], "$or": [{"a": [1]}, {"b": [2]}]}, {"a": 1, "c": 3}, True),
    ("or, without the field beside it", {"c": [3], "$or": [{"a": [1]}, {"b": [2]}]}, {"a": 1}, False),
    ("or, its and", {"$or": [{"a": [1], "b": [2]}, {"c": [3]}]}, {"a": 1, "b": 3}, False),
    ("or in or", {"$or": [{"a": [1], "$or": [{"b": [2]}, {"c": [3]}]}, {"d": [4]}]}, {"a": 1, "c": 3}, True),
    ("or in an object", {"o": {"$or": [{"a": [1]}, {"b": [2]}]}}, {"o": {"b": 2}}, True),
    ("or over objects", {"$or": [{"a": {"x": [1]}}, {"b": {"x": [1]}}]}, {"b": {"x": 1}}, True),
    ("an operator's name as a field", {"prefix": [1]}, {"prefix": 1}, True),
]


@pytest.mark.parametrize(("pattern", "event", "expected"), [pytest.param(*rest, id=name) for name, *rest in SHAPES])
def test_objects_lists_and_alternatives_combine_as_in_eventbridge(
    pattern: dict[str, Any], event: dict[str, Any], expected: bool
) -> None:
    assert matches(pattern, **event) is expected


def test_a_pattern_addresses_the_record_that_the_handler_sees() -> None:
    by_type = FilterCriteria(('{"event": {"event_type": ["ReclamationCreee"]}}',))
    assert by_type.matches(record(event_type="ReclamationCreee"))
    assert not by_type.matches(record(event_type="ReclamationCloturee"))
    by_stream = FilterCriteria(('{"stream": [{"prefix": "events:"}], "group": ["audit-service"]}',))
    assert by_stream.matches(record())
    assert not by_stream.matches({**record(), "group": "projection-service"})


def test_without_filters_every_record_matches() -> None:
    assert FilterCriteria().matches(record(event_type="ReclamationCreee"))
    assert FilterCriteria().matches({})


def test_one_filter_that_matches_is_enough() -> None:
    either = FilterCriteria(('{"event": {"a": [1]}}', '{"event": {"b": [2]}}'))
    assert either.matches(record(a=1))
    assert either.matches(record(b=2))
    assert not either.matches(record(a=2, b=1))


def test_filters_are_equal_by_their_patterns() -> None:
    assert FilterCriteria(('{"a": [1]}',)) == FilterCriteria(('{"a": [1]}',))
    assert FilterCriteria(('{"a": [1]}',)) != FilterCriteria(('{"a": [2]}',))


def test_a_list_deeper_than_a_function_may_call_itself_is_searched() -> None:
    deep: list[Any] = ["found"]
    for _ in range(100_000):
        deep = [deep]
    assert matches_deep(deep, "found")
    assert not matches_deep(deep, "other")


def matches_deep(deep: list[Any], text: str) -> bool:
    return FilterCriteria((f'{{"event": {{"x": ["{text}"]}}}}',)).matches(record(x=deep))


def nested(depth: int) -> str:
    return '{"a": ' * depth + "[1]" + "}" * depth


def test_a_pattern_as_deep_as_is_allowed_matches() -> None:
    event: Any = 1
    for _ in range(100):
        event = {"a": event}
    assert FilterCriteria((nested(100),)).matches(event)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("", "must be JSON: Expecting value: line 1 column 1 (char 0)"),
        ("{'a': [1]}", "must be JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ('{"a": [NaN]}', "must be JSON: NaN is not JSON"),
        ("[1]", "must be an object that is not empty, not [1]"),
        ("{}", "must be an object that is not empty, not {}"),
        ('{"a": {}}', "must be an object that is not empty at a, not {}"),
        ('{"a": "b"}', "must have a list of alternatives or an object at a, not 'b'"),
        ('{"a": {"b": []}}', "must have at least one alternative at a.b"),
        ('{"a": [1], "a": [2]}', "has 'a' twice in one object"),
        (
            '{"a": [["b"]]}',
            "must have a text, a number, true, false, null or an object as an alternative, not a list at a",
        ),
        (
            '{"a": [{"prefx": "b"}]}',
            (
                "does not know the operator 'prefx'; it knows exists, prefix, suffix, equals-ignore-case, wildcard, "
                "anything-but, numeric at a"
            ),
        ),
        ('{"a": [{}]}', "must have one operator in an object, not [] at a"),
        (
            '{"a": [{"prefix": "b", "suffix": "c"}]}',
            "must have one operator in an object, not ['prefix', 'suffix'] at a",
        ),
        ('{"a": [{"prefix": 5}]}', "must have a text for prefix, not 5 at a"),
        (
            '{"a": [{"suffix": {"prefix": "b"}}]}',
            "must have a text for suffix, not {'prefix': 'b'} at a",
        ),
        ('{"a": [{"equals-ignore-case": ["b"]}]}', "must have a text for equals-ignore-case, not ['b'] at a"),
        ('{"a": [{"wildcard": "b**"}]}', "has two asterisks in a row in wildcard 'b**' at a"),
        ('{"a": [{"wildcard": "\\\\b"}]}', "must have * or \\ after a backslash in wildcard '\\\\b' at a"),
        ('{"a": [{"wildcard": "b\\\\"}]}', "must have * or \\ after a backslash in wildcard 'b\\\\' at a"),
        (
            '{"a": [{"anything-but": ["b", 1]}]}',
            "must have texts alone or numbers alone for anything-but, not ['b', 1] at a",
        ),
        ('{"a": [{"anything-but": []}]}', "must have texts alone or numbers alone for anything-but, not [] at a"),
        ('{"a": [{"anything-but": null}]}', "must have texts alone or numbers alone for anything-but, not None at a"),
        (
            '{"a": [{"anything-but": {"numeric": [">", 1]}}]}',
            "must have one of prefix, suffix, equals-ignore-case, wildcard under anything-but, not 'numeric' at a",
        ),
        (
            '{"a": [{"anything-but": {"prefix": ""}}]}',
            "must have a text that is not empty for anything-but prefix at a",
        ),
        (
            '{"a": [{"anything-but": {"suffix": []}}]}',
            "must have a text that is not empty for anything-but suffix at a",
        ),
        ('{"a": [{"anything-but": {"prefix": [5]}}]}', "must have a text for prefix, not 5 at a"),
        ('{"a": [{"exists": "true"}]}', "must have true or false for exists, and no other operator beside it at a"),
        (
            '{"a": [{"exists": true, "prefix": "b"}]}',
            "must have true or false for exists, and no other operator beside it at a",
        ),
        (
            '{"a": [{"numeric": [">", 5, "<", 5]}]}',
            "numeric must have its lower bound below its upper one, not 5 and 5 at a",
        ),
        *(
            (
                f'{{"a": [{{"numeric": {bad}}}]}}',
                (
                    'numeric must be ["=", 100], or [">", 0], or [">=", 0, "<", 100], with the lower bound first, '
                    f"not {json.loads(bad)!r} at a"
                ),
            )
            for bad in (
                "[]",
                "5",
                '[">"]',
                '["<>", 5]',
                '[">", "5"]',
                '["<", 5, ">", 1]',
                '["=", true]',
                '["=", 1, "<", 2]',
            )
        ),
        ('{"$or": {"a": [1]}}', "must have a list of at least 2 objects for $or"),
        ('{"b": {"$or": [{"a": [1]}]}}', "must have a list of at least 2 objects for $or at b"),
        ('{"$or": [{"a": [1]}, 5]}', "must be an object that is not empty, not 5"),
        (
            '{"$or": [{"a": [1]}, {"prefix": ["b"]}]}',
            "must not have the operator 'prefix' as a field under $or",
        ),
        (nested(102), "must not be nested deeper than 100 objects"),
        ("[" * 4000, "must not be nested deeper than 100 objects"),
    ],
)
def test_a_pattern_that_is_none_is_refused_with_the_place_and_what_is_allowed(pattern: str, words: str) -> None:
    with pytest.raises(PropertyError) as caught:
        FilterCriteria(('{"fine": [1]}', pattern))
    assert str(caught.value) == words
    assert caught.value.path == ".Filters[1].Pattern"
    assert isinstance(caught.value, StreamsError)
