"""One sweep over the log: cool closed claims, trim what everybody is done with."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from envelope import to_json
from envelope.errors import RecoursError
from functions.retention.bounds import find_bound
from functions.retention.cooling import ArchiveIncompleteError, Cooling
from metrics.catalog import CLAIMS_COOLED, LOG_MEMORY_RATIO, LOG_TRIMMED_ENTRIES, RETENTION_STOPS
from metrics.logs import logger
from repositories.ports.archive import ArchiveCheckpoints, Checkpoint
from repositories.ports.log_retention import LogRetention, LogState


@dataclass(frozen=True, slots=True)
class Limits:
    """What stays in the log though nobody needs it.

    From `pressure_percent` per cent of the log's memory on, nothing of that stays: neither the newest `events_min`
    events, nor claims closed less than `cool_after_s` seconds ago.
    """

    events_min: int = 100_000
    cool_after_s: int = 7 * 24 * 3600
    pressure_percent: int = 75
    sweep_s_max: float = 40.0  # below the function's timeout by one slow answer of the archive; the next sweep goes on

    def under(self, *, pressure: bool) -> "Limits":
        """The limits that hold now."""
        return replace(self, events_min=0, cool_after_s=0) if pressure else self


@dataclass(slots=True)
class Swept:
    """What a sweep did. `problem` says why it went no further, `held_by` who needs what is left in the log."""

    under_pressure: bool
    trimmed: dict[str, int] = field(default_factory=dict)
    cooled_claims: int = 0
    cooled_entries: int = 0
    keep_from: int | None = None
    held_by: str | None = None
    memory_ratio: float | None = None
    problem: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


class Retention:
    """Removes nothing that a required group or the archive may lack: better a full log than a lost event."""

    def __init__(
        self,
        log: LogRetention,
        checkpoints: ArchiveCheckpoints,
        cooling: Cooling,
        *,
        required: Collection[str],
        limits: Limits,
        now: Callable[[], datetime],
        clock_s: Callable[[], float],
    ) -> None:
        """`required` are the groups that must be there; `now` is the time, `clock_s` seconds that never go back."""
        self._log = log
        self._checkpoints = checkpoints
        self._cooling = cooling
        self._required = required
        self._limits = limits
        self._now = now
        self._clock_s = clock_s

    def sweep(self) -> Swept:
        """Sweep once. Raises StoreUnavailableError where the log does not answer at all."""
        deadline_s = self._clock_s() + self._limits.sweep_s_max
        pressure = self._log.memory().is_above(self._limits.pressure_percent)
        swept = Swept(under_pressure=pressure)
        try:
            self._remove(swept, self._limits.under(pressure=pressure), lambda: self._clock_s() >= deadline_s)
        except RecoursError as error:
            # Told, not raised: a repeat at once changes nothing, and the next sweep comes by itself.
            swept.problem = str(error)
            RETENTION_STOPS.labels(type(error).__name__).inc()
            logger.error("retention stopped", extra={"reason": type(error).__name__, "error": str(error)})
        self._tell(swept)
        return swept

    def _remove(self, swept: Swept, limits: Limits, is_over: Callable[[], bool]) -> None:
        checkpoint = self._checkpoints.read()
        state = self._log.state()
        if checkpoint is None or not state.last_position:
            swept.held_by = "archive"
            return
        self._check_same_history(state, checkpoint)
        self._cool(swept, limits, checkpoint.position, is_over)
        self._trim(swept, limits, checkpoint.position)

    def _check_same_history(self, state: LogState, checkpoint: Checkpoint) -> None:
        """An archive of another history, or of more than the log has, says nothing of what may be removed."""
        event = self._log.event_at(checkpoint.position)
        is_gone = event is None and (state.first_position is None or state.first_position > checkpoint.position)
        if checkpoint.position > state.last_position or (event is None and not is_gone):
            raise ArchiveIncompleteError(
                f"the archive ends at position {checkpoint.position}, where the log has no event; nothing is removed"
            )
        if event is not None and hashlib.sha256(to_json(event)).hexdigest() != checkpoint.event_hash:
            raise ArchiveIncompleteError(
                f"the log and the archive have different events at position {checkpoint.position}; nothing is removed"
            )

    def _cool(self, swept: Swept, limits: Limits, archived_to: int, is_over: Callable[[], bool]) -> None:
        closed_before = self._now() - timedelta(seconds=limits.cool_after_s)
        cooled = self._cooling.cool(closed_before, archived_to, is_over)
        swept.cooled_claims, swept.cooled_entries = cooled.claims, cooled.entries
        CLAIMS_COOLED.inc(cooled.claims)

    def _trim(self, swept: Swept, limits: Limits, archived_to: int) -> None:
        bound = find_bound(self._log.state(), archived_to, self._required, limits.events_min)
        trimmed = self._log.trim(bound.keep_from, self._required)
        swept.trimmed = dict(trimmed.entries)
        swept.keep_from, swept.held_by = bound.keep_from, trimmed.held_by or bound.held_by
        for stream, count in trimmed.entries.items():
            LOG_TRIMMED_ENTRIES.labels(stream).inc(count)

    def _tell(self, swept: Swept) -> None:
        swept.memory_ratio = self._log.memory().ratio
        if swept.memory_ratio is not None:
            LOG_MEMORY_RATIO.set(swept.memory_ratio)
        logger.info("retention swept", extra=swept.to_dict())
