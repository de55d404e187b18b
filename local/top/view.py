"""The figures as tables for a terminal, by pages."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from local.observing.series import Point
from local.top.figures import Figures, Flow
from local.top.numbers import UNKNOWN, count, lasting, milliseconds, rate, size, sparkline

PAGES = ("overview", "functions", "processes", "queries")
_SPARK_WIDTH = 40
_LAG_S_MAX = 10.0  # a subscriber that is behind by more is worth a look
_GOOD, _WARNING, _BAD, _DIM = "green", "yellow", "bold red", "dim"

Lines = Mapping[str, Sequence[Point]]


def page(name: str, figures: Figures, lines: Lines) -> RenderableType:
    """One page under its head."""
    return Group(head(figures), *_PAGES[name](figures, lines))


def everything(figures: Figures, lines: Lines) -> RenderableType:
    """All pages, one below the other."""
    parts = [part for name in PAGES for part in _PAGES[name](figures, lines)]
    return Group(head(figures), *parts)


def head(figures: Figures) -> RenderableType:
    """How long up, and at which moment."""
    line = Text("Recours", style="bold")
    line.append(
        f"  up {lasting(figures.up_seconds)}  ·  the last {lasting(figures.window_seconds)}  ·  {figures.at[:19]}Z"
    )
    return line


def _overview(figures: Figures, lines: Lines) -> list[RenderableType]:
    return [*_flows(figures), *_sparks(lines), *_subscribers(figures), *_http(figures), *_stores(figures)]


def _functions(figures: Figures, _lines: Lines) -> list[RenderableType]:
    if not figures.environments:
        return []
    table = _table("function", "idle  busy  starting  invoked  failed  P95 ms  cold starts  init ms  memory")
    for one in figures.environments:
        table.add_row(
            one.function,
            count(one.idle),
            count(one.busy),
            count(one.starting),
            count(one.invocations_in_window),
            _alarming(count(one.failed), one.failed > 0),
            milliseconds(one.p95_ms),
            count(one.cold_starts),
            milliseconds(one.init_p50_ms),
            size(one.memory_bytes),
        )
    return [table]


def _processes(figures: Figures, _lines: Lines) -> list[RenderableType]:
    if not figures.processes:
        return []
    table = _table("process", "kind  state  memory  CPU %  restarts")
    for one in figures.processes:
        state = Text("up", style=_GOOD) if one.up else Text("down", style=_BAD)
        restarts = _alarming(count(one.restarts), one.restarts > 0, _WARNING)
        table.add_row(one.process, one.kind, state, size(one.memory_bytes), rate(one.cpu_percent), restarts)
    return [table]


def _queries(figures: Figures, _lines: Lines) -> list[RenderableType]:
    if not figures.queries:
        return []
    table = _table("query", "executed  in window  P50 ms  P95 ms")
    for one in figures.queries:
        times = (milliseconds(one.p50_ms), milliseconds(one.p95_ms))
        table.add_row(one.query_type, count(one.executed_total), count(one.executed_in_window), *times)
    return [table]


def _flows(figures: Figures) -> list[RenderableType]:
    flows: list[tuple[str, Flow | None]] = [
        ("claims created", figures.claims),
        ("events published", figures.events),
        ("notifications sent", figures.notifications),
        ("audit entries", figures.audit_entries),
        ("read model rows", figures.projections),
        ("replays", figures.replays),
        ("snapshots", figures.snapshots),
    ]
    told = [(name, flow) for name, flow in flows if flow is not None and (flow.total or name == "claims created")]
    if not told:
        return []
    table = _table("counted", "total  in window  a second  peak/s  …of which")
    for name, flow in told:
        by = "  ".join(f"{value} {count(number)}" for value, number in flow.by.items() if number)
        peak = rate(flow.peak_per_second)
        table.add_row(name, count(flow.total), count(flow.in_window), rate(flow.per_second), peak, Text(by, style=_DIM))
    return [table]


def _sparks(lines: Lines) -> list[RenderableType]:
    table = Table.grid(padding=(0, 2))
    for name, points in lines.items():
        if points:
            values = [point.value for point in points]
            drawn = Text(sparkline(values, _SPARK_WIDTH), style="cyan")
            table.add_row(Text(name, style=_DIM), drawn, Text(f"highest {rate(max(values))}", style=_DIM))
    return [table] if table.row_count else []


def _subscribers(figures: Figures) -> list[RenderableType]:
    if not figures.subscribers:
        return []
    table = _table(
        "subscriber", "done  a second  handling P95  event→done P50  P95  P99 ms  waiting  for s  parked  again"
    )
    for one in figures.subscribers:
        behind = (one.lag_seconds or 0) > _LAG_S_MAX
        table.add_row(
            one.service,
            count(one.processed_total),
            rate(one.per_second),
            milliseconds(one.handling_p95_ms),
            milliseconds(one.delivery_p50_ms),
            milliseconds(one.delivery_p95_ms),
            milliseconds(one.delivery_p99_ms),
            _alarming(count(one.lag_events), behind, _WARNING),
            _alarming(rate(one.lag_seconds), behind, _WARNING),
            _alarming(count(one.parked), (one.parked or 0) > 0),
            count(one.redelivered),
        )
    return [table]


def _http(figures: Figures) -> list[RenderableType]:
    if not figures.http:
        return []
    table = _table("HTTP", "requests  in window  a second  P50 ms  P95 ms  P99 ms  4xx  5xx")
    for one in figures.http:
        table.add_row(
            one.service,
            count(one.requests_total),
            count(one.requests_in_window),
            rate(one.per_second),
            milliseconds(one.p50_ms),
            milliseconds(one.p95_ms),
            milliseconds(one.p99_ms),
            count(one.refused),
            _alarming(count(one.errors), one.errors > 0),
        )
    return [table]


def _stores(figures: Figures) -> list[RenderableType]:
    if not figures.stores:
        return []
    table = _table("store", "state  memory  on disk  connections  answers in ms")
    for one in figures.stores:
        state = Text("up", style=_GOOD) if one.up else Text("away", style=_BAD)
        told = (size(one.memory_bytes), size(one.disk_bytes), count(one.connections), milliseconds(one.answer_ms))
        table.add_row(one.store, state, *(told if one.up else (UNKNOWN,) * len(told)))
    return [table]


def _table(first: str, others: str) -> Table:
    """`others` are the further columns, two spaces between them; the one that is rest text comes last, as `…name`."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold dim", expand="…" in others)
    table.add_column(f"\n{first}", no_wrap=True)
    for name in others.split("  "):
        is_rest, is_text = name.startswith("…"), name in ("kind", "state")
        justify: Literal["left", "right"] = "left" if is_rest or is_text else "right"
        table.add_column(f"\n{name.removeprefix('…')}", justify=justify, no_wrap=True, ratio=1 if is_rest else None)
    return table


def _alarming(text: str, is_so: bool, style: str = _BAD) -> Text:
    return Text(text, style=style if is_so else "")


_PAGES: Mapping[str, Callable[[Figures, Lines], list[RenderableType]]] = {
    "overview": _overview,
    "functions": _functions,
    "processes": _processes,
    "queries": _queries,
}
