"""What runs by the clock: contexts that waited are asked for again.

A context is appended before it stops waiting; a process that dies between the two asks once more, and finds it there.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from envelope import Envelope
from functions.integration.learning import Learning
from functions.integration.upstream.breaker import CircuitOpenError
from functions.integration.upstream.errors import UpstreamUnavailableError
from metrics.catalog import CONTEXTS_WAITING
from metrics.logs import logger
from repositories.ports.waiting_contexts import WaitingContexts, WantedContext

PAGE_COUNT = 50
SILENCES_MAX = 3  # questions in a row that nobody answered: then nobody is there
WAIT_S_BASE, WAIT_S_MAX = 2.0, 3600.0  # doubled with each question that nobody answered
ASKING_S_MAX = 3.5  # what one more question may take, with its retries, to both systems
TimeLeft = Callable[[], float]


@dataclass(slots=True)
class Swept:
    """What a sweep did; `waiting` is how many are left."""

    enriched: int = 0
    unknown: int = 0
    unanswered: int = 0
    waiting: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


class Sweeping:
    """Asks for what waits."""

    def __init__(self, learning: Learning, waiting: WaitingContexts, now: Callable[[], datetime]) -> None:
        self._learning = learning
        self._waiting = waiting
        self._now = now

    def sweep(self, time_left_s: TimeLeft) -> Swept:
        """Go on until all that is due was asked for, time is short, or nobody answers. Raises StoreUnavailableError."""
        swept = Swept()
        go_on = True
        while go_on:
            due = self._waiting.due(self._now(), PAGE_COUNT)
            go_on = self._sweep_page(due, swept, time_left_s) and len(due) == PAGE_COUNT
        swept.waiting = self._waiting.count()
        CONTEXTS_WAITING.set(swept.waiting)
        if swept.enriched or swept.unanswered:
            logger.info("waiting contexts swept", extra=swept.to_dict())
        return swept

    def _sweep_page(self, due: Sequence[WantedContext], swept: Swept, time_left_s: TimeLeft) -> bool:
        """Whether there is reason to go on behind this page."""
        learnt: list[Envelope] = []
        unknown: list[str] = []
        silences = 0
        for wanted in due:
            if silences == SILENCES_MAX or time_left_s() < ASKING_S_MAX:
                break
            try:
                event = self._learning.ask(wanted)
            except CircuitOpenError:  # nobody was asked
                silences = SILENCES_MAX
            except UpstreamUnavailableError:
                silences += 1
                swept.unanswered += 1
                self._waiting.put_off(wanted.claim_id, self._again_at(wanted))
            else:
                silences = 0
                if event is None:
                    unknown.append(wanted.claim_id)
                else:
                    learnt.append(event)
        is_whole = self._settle(learnt, unknown, swept)
        return is_whole and silences < SILENCES_MAX and time_left_s() >= ASKING_S_MAX

    def _settle(self, learnt: Sequence[Envelope], unknown: Sequence[str], swept: Swept) -> bool:
        """Append, then forget what was appended. Whether all was."""
        refused = self._learning.publish(learnt)
        done = [event.data["claim_id"] for event in learnt if event.aggregate_id not in refused]
        self._waiting.remove([*done, *unknown])
        swept.enriched += len(done)
        swept.unknown += len(unknown)
        for aggregate_id, error in refused.items():
            logger.warning("context not appended", extra={"aggregate_id": aggregate_id, "error": str(error)})
        return not refused

    def _again_at(self, wanted: WantedContext) -> datetime:
        wait_s = min(WAIT_S_BASE * 2.0 ** min(wanted.attempts, 20), WAIT_S_MAX)
        return self._now() + timedelta(seconds=wait_s)
