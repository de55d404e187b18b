"""The words of `--fault`: the kinds there are, and one fault as it was asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from local.faults.errors import FaultError

if TYPE_CHECKING:
    from local.template import Function, Template

Trigger: TypeAlias = Literal["http", "stream", "schedule"]

PROBABILITY = 0.05
SEED_MAX = 2**32 - 1
FORM = "KIND[:PROBABILITY[:DETAIL]][@FUNCTION]"
_MS_MAX = 60_000
_SECONDS_MAX = 300

_ANY: frozenset[Trigger] = frozenset({"http", "stream", "schedule"})
_BATCHES: frozenset[Trigger] = frozenset({"stream", "schedule"})
_STREAM: frozenset[Trigger] = frozenset({"stream"})


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind does and to which functions it can be done.

    `detail` is what stands in the third place when nothing is said; None: nothing may stand there.
    """

    does: str
    triggers: frozenset[Trigger]
    detail: str | None = None


KINDS: Mapping[str, Kind] = {
    "drop": Kind("a batch or a request is lost; DETAIL answer: it is done and its answer is lost", _ANY, "request"),
    "delay": Kind("it waits before it is handed over; DETAIL: milliseconds", _ANY, "200"),
    "duplicate": Kind("a batch is handed over twice", _BATCHES),
    "throttle": Kind("it is refused (HTTP 429, ThrottledError); DETAIL: seconds of Retry-After", _ANY, "1"),
    "crash-before-append": Kind("the process is killed before it appends to the log", _ANY),
    "crash-after-append": Kind("the process is killed after that, before it answers", _ANY),
    "crash-before-commit": Kind("a subscriber is killed before it writes to its store", _BATCHES),
    "crash-after-commit": Kind("a subscriber is killed after that", _BATCHES),
    "crash-before-send": Kind("a subscriber is killed before it hands over an e-mail or SMS", _BATCHES),
    "crash-after-send": Kind("a subscriber is killed after that, before it writes it down", _BATCHES),
    "crash-before-ack": Kind("the poller is killed before it acknowledges", _STREAM),
    "crash-after-ack": Kind("the poller is killed after that", _STREAM),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `function` None: any that it can be done to."""

    kind: str
    probability: float = PROBABILITY
    detail: str = ""
    function: str | None = None

    def __str__(self) -> str:
        """As it is written on the command line; `parse_fault` reads it back."""
        detail = f":{self.detail}" if self.detail else ""
        return f"{self.kind}:{self.probability:.12g}{detail}{f'@{self.function}' if self.function else ''}"


def parse_fault(text: str) -> Fault:
    """Read one `--fault`. Raises FaultError."""
    told, at, function = text.partition("@")
    kind, *rest = told.split(":")
    if kind not in KINDS:
        raise FaultError(f"{kind!r} is no kind of fault; there are {', '.join(KINDS)}")
    if len(rest) > 2 or (at and not function):
        raise FaultError(f"{text!r} is not of the form {FORM}")
    probability = _probability(rest[0]) if rest else PROBABILITY
    return Fault(kind, probability, _detail(kind, rest[1] if len(rest) > 1 else None), function or None)


def check_functions(faults: tuple[Fault, ...], template: "Template") -> None:
    """Raise FaultError where a fault names a function that is not there, or to which it cannot be done."""
    functions = {function.name: function for function in template.functions}
    for fault in faults:
        if fault.function is None:
            continue
        if fault.function not in functions:
            raise FaultError(f"{fault}: there is no such function, but {', '.join(functions)}")
        if not KINDS[fault.kind].triggers & triggers_of(functions[fault.function]):
            raise FaultError(f"{fault}: it needs a function with {' or '.join(sorted(KINDS[fault.kind].triggers))}")


def triggers_of(function: "Function") -> frozenset[Trigger]:
    """By what a function is invoked."""
    there: dict[Trigger, bool] = {
        "http": bool(function.routes),
        "stream": function.mapping is not None,
        "schedule": bool(function.schedules),
    }
    return frozenset(trigger for trigger, is_there in there.items() if is_there)


def help_text() -> str:
    """What `up --help` says of faults."""
    width = max(map(len, KINDS))
    lines = [f"  {name:<{width}}  {kind.does}" for name, kind in KINDS.items()]
    form = f"Faults: {FORM}. PROBABILITY: of each time (default {PROBABILITY:g})."
    return "\n".join([form, "FUNCTION: its name in the template (default: each that it can be done to).", *lines])


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise FaultError(f"{text!r} is no probability: more than 0, at most 1")
    return value


def _detail(kind: str, text: str | None) -> str:
    usual = KINDS[kind].detail
    if text is None:
        return usual or ""
    if usual is None:
        raise FaultError(f"{kind} takes no detail ({text!r})")
    if kind == "drop":
        if text not in {"request", "answer"}:
            raise FaultError(f"drop takes request or answer, not {text!r}")
        return text
    longest, unit = (_MS_MAX, "milliseconds") if kind == "delay" else (_SECONDS_MAX, "seconds")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= longest):
        raise FaultError(f"{kind} takes {unit} from 1 to {longest}, not {text!r}")
    return text
