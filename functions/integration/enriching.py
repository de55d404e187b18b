"""The subscriber's use case: claims made without their context get it, now or once the systems answer.

What nobody answers now waits in a store of its own, so that the log need not be kept for it.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from envelope import Envelope, ReclamationCreee, context_id_of, read_payload
from envelope.errors import UnreadableError
from functions.integration.learning import Learning
from functions.integration.sweeping import Sweeping, TimeLeft
from functions.integration.upstream.documents import SOURCE
from functions.integration.upstream.errors import UpstreamUnavailableError
from functions.integration.wants import wanted_context
from handlers.batch import Record
from metrics.catalog import CONTEXTS_WAITING
from repositories.ports.waiting_contexts import WaitingContexts, WantedContext

WAIT_S_FIRST = 2.0  # until it is asked again
TIME_LEFT_S_MIN = 10.0  # what one more question and the last writes may take
TIME_BESIDE_S = 8.0  # of the sweep that goes with a batch, its last question included: the batch behind waits for it


class Enriching:
    """Asks for what a batch of first events lacks."""

    def __init__(
        self,
        learning: Learning,
        waiting: WaitingContexts,
        sweeping: Sweeping,
        now: Callable[[], datetime],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """`now` is the time, `clock_s` seconds that never go back."""
        self._learning = learning
        self._waiting = waiting
        self._sweeping = sweeping
        self._now = now
        self._clock_s = clock_s

    def enrich(self, records: Sequence[Record], time_left_s: TimeLeft) -> Mapping[str, Exception]:
        """Return why records failed, by entry id. That a system does not answer is no failure.

        Where the systems do answer, some of those that wait are asked for besides: they need not wait for the clock.
        Raises StoreUnavailableError: then all must come again.
        """
        wanted, failures, told_by_systems = _wanted_by(records)
        learnt, unanswered = self._ask(list(wanted.values()), time_left_s)
        refused = self._learning.publish(learnt)
        self._put_aside(unanswered)
        if (learnt or told_by_systems) and not unanswered:
            end_s = self._clock_s() + TIME_BESIDE_S
            self._sweeping.sweep(lambda: min(time_left_s(), end_s - self._clock_s()))
        entry_of = {context_id_of(each.claim_id): entry_id for entry_id, each in wanted.items()}
        return failures | {entry_of[aggregate_id]: error for aggregate_id, error in refused.items()}

    def _put_aside(self, unanswered: Sequence[WantedContext]) -> None:
        if unanswered:
            self._waiting.add(unanswered, self._now() + timedelta(seconds=WAIT_S_FIRST))
            CONTEXTS_WAITING.set(self._waiting.count())

    def _ask(
        self, questions: Sequence[WantedContext], time_left_s: TimeLeft
    ) -> tuple[list[Envelope], list[WantedContext]]:
        """What was learnt, and what nobody answered or there was no time for."""
        learnt: list[Envelope] = []
        unanswered: list[WantedContext] = []
        for number, wanted in enumerate(questions):
            if time_left_s() < TIME_LEFT_S_MIN:
                return learnt, [*unanswered, *questions[number:]]
            try:
                event = self._learning.ask(wanted)
            except UpstreamUnavailableError:
                unanswered.append(wanted)
                continue
            if event is not None:
                learnt.append(event)
        return learnt, unanswered


def _wanted_by(records: Sequence[Record]) -> tuple[dict[str, WantedContext], dict[str, Exception], bool]:
    """The questions that the records ask, and the errors of those that nobody can read, by entry id.

    The last: whether any of the claims came with what the systems told just before, so that they seem to be there.
    """
    wanted: dict[str, WantedContext] = {}
    failures: dict[str, Exception] = {}
    told_by_systems = False
    for record in records:
        try:
            fact = read_payload(record.envelope)
        except UnreadableError as error:
            failures[record.entry_id] = error
            continue
        if not isinstance(fact, ReclamationCreee):
            continue
        told_by_systems |= fact.order is not None and fact.order.source == SOURCE
        if (question := wanted_context(record.envelope, fact)) is not None:
            wanted[record.entry_id] = question
    return wanted, failures, told_by_systems
