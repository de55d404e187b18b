"""What came of an invocation: answers and errors read. The answer's forms are AWS's: see the conformance tests."""

from typing import Any

import pytest

from streams.entry import Entry
from streams.errors import FunctionError, ThrottledError
from streams.invoking.outcome import MESSAGE_LENGTH_MAX, Failure, Outcome, read_answer, read_error

ENTRIES = [Entry(f"{number}-0", (number, 0), "a", {}, 1) for number in range(1, 5)]
TRANSIENT = frozenset({"NotNowError"})


def read(answer: object, *, partial: bool = True) -> Outcome:
    return read_answer(answer, ENTRIES, partial_responses=partial, transient=TRANSIENT)


def item(number: int, error_type: str | None = None, **more: Any) -> dict[str, Any]:
    error = {} if error_type is None else {"error": {"errorType": error_type, "errorMessage": "why", **more}}
    return {"itemIdentifier": f"{number}-0", **error}


@pytest.mark.parametrize("answer", [None, {}, [], "", {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_nothing_reported_is_everything_done(answer: object) -> None:
    assert read(answer) == Outcome(4)


@pytest.mark.parametrize("answer", ["oops", 3, {"batchItemFailures": [item(1)]}])
def test_without_partial_responses_any_answer_is_everything_done(answer: object) -> None:
    assert read(answer, partial=False) == Outcome(4)


@pytest.mark.parametrize(
    "answer",
    [
        "done",
        [item(1)],
        {"batchItemFailures": "1-0"},
        {"batchItemFailures": {"itemIdentifier": "1-0"}},
        {"batchItemFailures": ["1-0"]},
        {"batchItemFailures": [{}]},
        {"batchItemFailures": [item(3), item(9)]},
    ],
)
def test_what_cannot_be_read_is_nothing_done_and_nobodys_fault(answer: object) -> None:
    outcome = read(answer)
    assert (outcome.done, outcome.culprit_known) == (0, False)
    assert outcome.failure is not None
    assert (outcome.failure.error_type, outcome.failure.transient) == ("InvalidAnswer", False)


def test_the_lowest_reported_is_the_culprit() -> None:
    outcome = read({"batchItemFailures": [item(4, "LateError"), item(2, "ValueError", stackTrace=["a\n", "b"])]})
    assert outcome == Outcome(1, Failure("ValueError", "why", "a\nb"), culprit_known=True)


def test_an_item_that_tells_no_error_is_told_as_reported() -> None:
    outcome = read({"batchItemFailures": [item(1)]})
    assert outcome.failure is not None
    assert outcome.failure.error_type == "ReportedFailure"


def test_one_that_says_not_now_is_a_culprit_and_all_of_them_are_an_outage() -> None:
    one = read({"batchItemFailures": [item(2, "NotNowError")]})
    assert (one.done, one.culprit_known) == (1, True)
    everything = read({"batchItemFailures": [item(number, "NotNowError") for number in (2, 3, 4)]})
    assert (everything.done, everything.culprit_known) == (1, False)
    assert everything.failure is not None
    assert everything.failure.transient


def test_throttling_is_transient_and_told_apart() -> None:
    failure = read_error(ThrottledError("429"), frozenset()).failure
    assert failure is not None
    assert (failure.transient, failure.throttled) == (True, True)


def test_what_the_function_told_of_its_error_is_kept() -> None:
    assert read_error(FunctionError("KeyError", "'a'", "line 7"), TRANSIENT) == Outcome(
        0, Failure("KeyError", "'a'", "line 7")
    )


@pytest.mark.parametrize(("name", "expected"), [("NotNowError", True), ("ValueError", False)])
def test_the_mapping_says_which_errors_are_transient(name: str, expected: bool) -> None:
    failure = read_error(FunctionError(name, ""), TRANSIENT).failure
    assert failure is not None
    assert (failure.transient, failure.throttled) == (expected, False)


def raised() -> Exception:
    try:
        return KeyError(int("poisoned"))
    except ValueError as error:
        return error


def test_an_exception_of_our_own_process_is_told_with_its_trace() -> None:
    failure = read_error(raised(), TRANSIENT).failure
    assert failure is not None
    assert (failure.error_type, failure.message) == ("ValueError", "invalid literal for int() with base 10: 'poisoned'")
    assert "test_outcome.py" in failure.trace


def test_a_failures_texts_are_ones_that_a_server_takes() -> None:
    failure = Failure("\udcff", "é\udcff", "\ud800\n")
    assert (failure.error_type, failure.message, failure.trace) == ("\\udcff", "é\\udcff", "\\ud800\n")


def test_of_a_failures_texts_a_bounded_part_is_kept() -> None:
    failure = Failure("E" * 5_000, "\udcff" * 1_000_000, "first" + "x" * 1_000_000 + "last")
    assert (len(failure.error_type), len(failure.message), len(failure.trace)) == (1_000, MESSAGE_LENGTH_MAX, 20_000)
    assert failure.trace.endswith("last")


class Untellable(Exception):  # noqa: N818 (a function's own)
    """One that cannot even be told."""

    def __str__(self) -> str:
        raise LookupError("no text")


@pytest.mark.parametrize("error", [Untellable(), ThrottledError("429"), SystemExit(1)])
def test_any_error_is_read(error: BaseException) -> None:
    failure = read_error(error, frozenset()).failure
    assert failure is not None
    assert failure.message in {"its text cannot be told: LookupError", "429", "1"}
