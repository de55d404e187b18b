"""What is shown fits the terminal: nothing wraps, and what needs a person stands out."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from local.observing.series import History
from local.top.figures import Figures
from local.top.numbers import lasting, share, size
from local.top.picture import render_svg
from local.top.reading import read_figures, read_lines
from local.top.sheet import Column, Sheet
from local.top.sparks import sparkline
from local.top.view import PAGES, everything, page
from tests.unit.top.counted import figures, history


def text(shown: RenderableType, width: int, *, styles: bool = False) -> str:
    console = Console(width=width, record=True, color_system="truecolor", force_terminal=True, file=StringIO())
    console.print(shown)
    return console.export_text(styles=styles)


def large() -> Figures:
    """As many as the system has, with numbers that are long."""
    told = figures(0, 1_234_567)
    return replace(
        told,
        http=told.http * 7,
        subscribers=[replace(told.subscribers[0], service="notification", lag_events=123_456.0)] * 5,
        environments=[replace(told.environments[0], function="NotificationSubscriber")] * 15,
        notifications=told.claims,
        audit_entries=told.events,
        projections=told.events,
    )


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_no_line_wraps_and_none_is_wider_than_the_terminal(name: str, width: int) -> None:
    lines = read_lines(history(*range(0, 2000, 10)), 300.0)
    tall = text(page(name, large(), lines), 400).splitlines()
    shown = text(page(name, large(), lines), width).splitlines()
    assert len(shown) == len(tall)
    assert max(map(len, shown)) <= width


def test_the_overview_has_room_on_a_small_terminal() -> None:
    shown = text(page("overview", large(), read_lines(history(0, 5), 300.0)), 100).splitlines()
    assert len(shown) <= 34
    assert "! and 3 more" in [line.rstrip() for line in shown]


def test_the_columns_that_tell_least_go_first_where_there_is_no_room() -> None:
    sheet = Sheet([Column("name"), Column("parked"), Column("P99 ms")], spare=("P99 ms", "parked"))
    sheet.add("projection", "1", "12")
    assert sheet.fitting(26) == [0, 1, 2]
    assert sheet.fitting(25) == [0, 1]
    assert sheet.fitting(5) == [0]


def test_what_needs_a_person_stands_out() -> None:
    shown = text(everything(figures(0, 100), {}), 160, styles=True)
    assert "\x1b[1;31m! the log does not answer" in shown
    assert "\x1b[1;31maway" in shown
    assert "\x1b[1;31mdead" in shown


def test_no_colour_is_used_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    written = StringIO()
    Console(width=160, color_system="truecolor", force_terminal=True, file=written).print(everything(figures(0, 1), {}))
    assert "! the log does not answer" in written.getvalue()
    assert "\x1b[1;31m" not in written.getvalue()


def test_sections_without_data_are_left_out() -> None:
    nothing = read_figures(History([]), 0.0, 300.0, [])
    assert text(everything(nothing, {}), 100).strip().count("\n") == 0
    assert "nothing was told of functions yet" in text(page("functions", nothing, {}), 100)


def test_the_picture_is_of_one_page_and_asks_nobody_for_anything() -> None:
    told = figures(0, 100)
    picture = render_svg(told, read_lines(history(0, 100), 300.0))
    assert picture.startswith("<svg")
    assert "projection" in picture
    assert "url(http" not in picture.replace('"', "")
    assert picture == render_svg(told, read_lines(history(0, 100), 300.0))


def test_a_sparkline_keeps_its_peaks_and_its_gaps() -> None:
    assert sparkline([0, 1, 2, 4], 4) == "▁▃▅█"
    assert sparkline([0, 9, 0, 0, 0, 0], 3) == "█▁▁"
    assert sparkline([9, 0, 0], 2) == "█▁"
    assert sparkline([None, 2], 2) == " █"
    assert sparkline([0, 0], 10) == "▁▁"
    assert sparkline([], 10) == ""


def test_numbers_are_short() -> None:
    assert [lasting(seconds) for seconds in (4, 720, 11_100, 200_000)] == ["4 s", "12 min", "3 h 05", "2 d 07 h"]
    assert [size(value) for value in (None, 512, 61_000_000)] == ["–", "512 B", "58 MiB"]
    assert [share(value) for value in (None, 0.25)] == ["–", "25 %"]
