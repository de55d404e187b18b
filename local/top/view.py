"""The figures as tables for a terminal, by pages."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from local.top.figures import Figures, Flow, Process
from local.top.numbers import UNKNOWN, count, lasting, milliseconds, rate, share, size
from local.top.sheet import Column, Sheet
from local.top.sparks import Line, Sparks
from local.top.worries import is_behind, worries

PAGES = ("overview", "functions", "processes", "queries")
_GOOD, _WARNING, _BAD, _DIM = "green", "yellow", "bold red", "dim"
_MEMORY_SHARE_MAX = 0.9  # of its limit; beyond it an environment may soon be ended
_WORRIES_MAX = 4
_STATES: Mapping[str, str] = {"ready": _GOOD, "starting": _WARNING, "stopping": _WARNING}

Lines = Mapping[str, Line]


def page(name: str, figures: Figures, lines: Lines) -> RenderableType:
    """One page under its head; on the overview what has no data is left out."""
    return Group(head(figures), *_spaced(_PAGES[name](figures, lines) or [_nothing(name)]))


def everything(figures: Figures, lines: Lines) -> RenderableType:
    """All pages, one below the other."""
    return Group(head(figures), *_spaced(part for name in PAGES for part in _PAGES[name](figures, lines)))


def head(figures: Figures) -> RenderableType:
    """How long up and at which moment, and a line for each thing that needs a person."""
    line = _line(Text("Recours", style="bold"))
    line.append(
        f"  up {lasting(figures.up_seconds)}  ·  window {lasting(figures.window_seconds)}  ·  {figures.at[:19]}Z"
    )
    return Group(line, *(_line(Text(f"! {worry}", style=_BAD)) for worry in _few(list(worries(figures)))))


def _overview(figures: Figures, lines: Lines) -> list[RenderableType]:
    return [*_flows(figures), *([Sparks(lines)] if lines else []), *_subscribers(figures), *_http(figures)]


def _functions(figures: Figures, _lines: Lines) -> list[RenderableType]:
    sheet = Sheet(
        _columns("function", "ready  busy  starting  invoked  P95 ms  failed  throttled  cold  init ms  memory  of"),
        spare=("starting", "of", "init ms", "cold", "throttled", "P95 ms"),
    )
    for one in figures.environments:
        memory_share = (one.memory_bytes or 0) / one.memory_limit_bytes if one.memory_limit_bytes else 0
        sheet.add(
            one.function,
            count(one.ready),
            count(one.busy),
            count(one.starting),
            count(one.invocations_in_window),
            milliseconds(one.p95_ms),
            _alarming(count(one.failed), one.failed > 0),
            _alarming(count(one.throttled), one.throttled > 0, _WARNING),
            count(one.cold_starts_total),
            milliseconds(one.init_mean_ms),
            _alarming(size(one.memory_bytes), memory_share > _MEMORY_SHARE_MAX),
            share(memory_share if one.memory_bytes and one.memory_limit_bytes else None),
        )
    return _if_any(sheet)


def _processes(figures: Figures, _lines: Lines) -> list[RenderableType]:
    """The stores, and the processes: those that do not run first, then those that work most."""
    sheet = Sheet(_columns("process", "kind  state  memory  CPU %  restarts"), spare=("kind",))
    for one in sorted(figures.processes, key=lambda one: (one.state == "ready", -(one.cpu_percent or 0), one.process)):
        sheet.add(
            one.process,
            one.kind,
            _state(one),
            size(one.memory_bytes),
            rate(one.cpu_percent),
            _alarming(count(one.restarts), one.restarts > 0, _WARNING),
        )
    return [*_stores(figures), *_if_any(sheet)]


def _queries(figures: Figures, _lines: Lines) -> list[RenderableType]:
    sheet = Sheet(_columns("query", "total  in window  P50 ms  P95 ms"))
    for one in figures.queries:
        times = (milliseconds(one.p50_ms), milliseconds(one.p95_ms))
        sheet.add(one.query_type, count(one.executed_total), count(one.executed_in_window), *times)
    return _if_any(sheet)


def _flows(figures: Figures) -> list[RenderableType]:
    """Claims and events always, the others once there are any."""
    told: Sequence[tuple[str, Flow | None, bool]] = (
        ("claims created", figures.claims, True),
        ("events published", figures.events, True),
        ("notifications sent", figures.notifications, False),
        ("audit entries", figures.audit_entries, False),
        ("read model rows", figures.projections, False),
        ("replays", figures.replays, False),
        ("snapshots", figures.snapshots, False),
    )
    sheet = Sheet(
        [*_columns("counted", "total  in window  a second  peak/s"), Column("of which", takes_rest=True)],
        spare=("of which",),
    )
    for name, flow, is_always_told in told:
        if flow is not None and (flow.total or is_always_told):
            by = "  ".join(f"{value} {count(number)}" for value, number in flow.by_type.items() if number)
            rates = (rate(flow.per_second), rate(flow.peak_per_second))
            sheet.add(name, count(flow.total), count(flow.in_window), *rates, Text(by, style=_DIM))
    return _if_any(sheet)


def _subscribers(figures: Figures) -> list[RenderableType]:
    """`P50`, `P95`, `P99`: from an event's timestamp to the end of its handling."""
    sheet = Sheet(
        _columns("subscriber", "done  a second  handling P95  P50 ms  P95 ms  P99 ms  waiting  for s  parked  again"),
        spare=("P99 ms", "P50 ms", "handling P95", "again", "a second", "done"),
    )
    for one in figures.subscribers:
        behind = _BAD if one.lag_grows else _WARNING
        sheet.add(
            one.service,
            count(one.processed_total),
            rate(one.per_second),
            milliseconds(one.handling_p95_ms),
            milliseconds(one.delivery_p50_ms),
            milliseconds(one.delivery_p95_ms),
            milliseconds(one.delivery_p99_ms),
            _alarming(count(one.lag_events), is_behind(one), behind),
            _alarming(rate(one.lag_seconds), is_behind(one), behind),
            _alarming(count(one.parked), bool(one.parked)),
            count(one.redelivered),
        )
    return _if_any(sheet)


def _http(figures: Figures) -> list[RenderableType]:
    sheet = Sheet(
        _columns("HTTP", "total  in window  a second  P50 ms  P95 ms  P99 ms  4xx  5xx"),
        spare=("total", "P99 ms", "P50 ms", "in window"),
    )
    for one in figures.http:
        sheet.add(
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
    return _if_any(sheet)


def _stores(figures: Figures) -> list[RenderableType]:
    sheet = Sheet(
        _columns("store", "state  memory  on disk  connections  answers in ms"), spare=("connections", "on disk")
    )
    for one in figures.stores:
        state = Text("up", style=_GOOD) if one.up else Text("away", style=_BAD)
        told = (size(one.memory_bytes), size(one.disk_bytes), count(one.connections), milliseconds(one.answer_ms))
        sheet.add(one.store, state, *told)
    return _if_any(sheet)


def _columns(first: str, others: str) -> list[Column]:
    """`others` has two spaces between the names."""
    return [Column(name, is_text=name in (first, "kind", "state")) for name in (first, *others.split("  "))]


def _if_any(sheet: Sheet) -> list[RenderableType]:
    return [sheet] if sheet.rows else []


def _spaced(parts: Iterable[RenderableType]) -> list[RenderableType]:
    return [line for part in parts for line in ("", part)]


def _nothing(name: str) -> Text:
    return Text(f"nothing was told of {name} yet" if name != "overview" else "nothing was counted yet", style=_DIM)


def _few(worries: list[str]) -> list[str]:
    """The figures stay on the screen, however much is wrong."""
    kept, more = worries[:_WORRIES_MAX], worries[_WORRIES_MAX:]
    return [*kept, f"and {len(more)} more"] if more else kept


def _line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _state(process: Process) -> Text:
    return Text(process.state, style=_STATES.get(process.state, _BAD))


def _alarming(text: str, is_so: bool, style: str = _BAD) -> Text:
    return Text(text, style=style if is_so and text != UNKNOWN else "")


_PAGES: Mapping[str, Callable[[Figures, Lines], list[RenderableType]]] = {
    "overview": _overview,
    "functions": _functions,
    "processes": _processes,
    "queries": _queries,
}
