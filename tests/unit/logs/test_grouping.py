"""The lines of one log are entries: each with what belongs to it, and with a time."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from local.logs.choosing import Wanted
from local.logs.entries import Entry
from local.logs.grouping import Grouping

ONE = "2026-01-31T12:00:01Z one"
TWO = "2026-01-31T12:00:02Z two"
START, END, REPORT = "START RequestId: 1 Version: $LATEST", "END RequestId: 1", "REPORT RequestId: 1\tDuration: 1 ms"


def entries(lines: list[str], wanted: Wanted | None = None, *, grouping: Grouping | None = None) -> list[Entry]:
    wanted, grouping = wanted or Wanted(), grouping or Grouping("claims-1")
    return [*grouping.entries([line.encode() for line in lines], wanted), *grouping.rest(wanted)]


def test_a_trace_belongs_to_the_line_above_it() -> None:
    first, second = entries([ONE, "Traceback (most recent call last):", "  here", TWO])
    assert first.more == ("Traceback (most recent call last):", "  here")
    assert (second.message, second.more) == ("two", ())


def test_a_trace_of_a_line_that_is_not_wanted_is_neither() -> None:
    [only] = entries([ONE, "  trace of one", '{"level":"error","timestamp":"2026-01-31T12:00:02Z","message":"two"}'],
                     Wanted(level="error"))  # fmt: skip
    assert (only.message, only.more) == ("two", ())


def test_what_comes_later_to_an_entry_that_was_shown_is_its_rest() -> None:
    grouping = Grouping("claims-1")
    [shown] = entries([ONE], grouping=grouping)
    [rest] = entries(["  trace"], grouping=grouping)
    assert rest.is_rest
    assert (rest.at, rest.more) == (shown.at, ("  trace",))


def test_what_comes_before_the_first_entry_of_a_logs_end_is_nobodys() -> None:
    assert [entry.message for entry in entries(["  trace", ONE], grouping=Grouping("one", is_cut=True))] == ["one"]
    assert [entry.message for entry in entries(["words", ONE])] == ["words", "one"]


def test_start_and_what_is_printed_after_it_have_the_time_of_their_invocation() -> None:
    found = entries([ONE, START, "printed", TWO, END, REPORT], Wanted(with_lambdas=True))
    assert [entry.line for entry in found] == [ONE, START, "printed", TWO, END, REPORT]
    assert [entry.at - found[0].at for entry in found] == [0, 1, 1, 1, 1, 1]


def test_lambdas_lines_are_passed_over_and_what_is_printed_among_them_is_not() -> None:
    assert [entry.line for entry in entries([ONE, START, "printed", END, REPORT, START, TWO, END])] == [
        ONE,
        "printed",
        TWO,
    ]


def test_an_invocation_without_a_time_stays_in_its_place() -> None:
    found = entries([START, "printed", END, REPORT], Wanted(with_lambdas=True))
    assert [entry.line for entry in found] == [START, "printed", END, REPORT]
    assert {entry.at for entry in found} == {0.0}


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    [entry] = Grouping("one").entries([b"\xff\xfe", ONE.encode()], Wanted())
    assert entry.message == "\ufffd\ufffd"


LINES = st.one_of(st.sampled_from([ONE, TWO, START, END, REPORT, "{", "[ERROR] bad", "words", "", "  here"]), st.text())
BATCHES = st.lists(st.lists(LINES.map(str.encode).filter(lambda line: b"\n" not in line)))


@given(BATCHES)
def test_whatever_is_written_is_shown_once_and_in_its_order(batches: Sequence[Sequence[bytes]]) -> None:
    grouping, wanted = Grouping("one"), Wanted(with_lambdas=True)
    found = [entry for batch in batches for entry in (*grouping.entries(batch, wanted), *grouping.rest(wanted))]
    shown = [line for entry in found for line in ((*entry.more,) if entry.is_rest else (entry.line, *entry.more))]
    assert shown == [line.decode() for batch in batches for line in batch]
