"""From a question to the event that answers it, and from that event to the log: the two steps of every enrichment."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from uuid import uuid4

from envelope import (
    CONTEXT_VERSION,
    Actor,
    Envelope,
    ReclamationEnrichie,
    context_id_of,
    event_type_of,
)
from envelope.errors import RecoursError
from functions.integration.asking import ask
from functions.integration.contexts import ReadsSystems
from metrics import tracing
from metrics.catalog import CLAIMS_ENRICHED, EVENTS_PUBLISHED
from metrics.logs import logger
from repositories.errors import VersionConflictError
from repositories.ports.event_log import Append, Appended, EventLog
from repositories.ports.waiting_contexts import WantedContext

ACTOR = Actor(type="service", id="integration")


class Learning:
    """Asks the systems, and appends what they told."""

    def __init__(self, systems: ReadsSystems, log: EventLog, now: Callable[[], datetime]) -> None:
        self._systems = systems
        self._log = log
        self._now = now

    def ask(self, wanted: WantedContext) -> Envelope | None:
        """The event to append; None where neither system knows more. Raises UpstreamUnavailableError."""
        with tracing.about(wanted.event_id, wanted.metadata):
            told = ask(self._systems, wanted)
        # A clock that is behind must not put what was learnt before what it was learnt of.
        return None if told is None else _envelope(wanted, told, max(self._now(), wanted.made_at))

    def publish(self, events: Sequence[Envelope]) -> dict[str, RecoursError]:
        """Append the contexts; return why some were not, by their aggregate's id.

        One that is there already is done: an earlier delivery of the same question appended it. Raises
        StoreUnavailableError and the like where nothing is known of any.
        """
        if not events:
            return {}
        answers = self._append(events)
        refused: dict[str, RecoursError] = {}
        for event, answer in zip(events, answers, strict=True):
            if isinstance(answer, Appended):
                _tell(event, answer)
            elif not isinstance(answer, VersionConflictError):
                refused[event.aggregate_id] = answer
        return refused

    def _append(self, events: Sequence[Envelope]) -> list[Appended | RecoursError]:
        with ExitStack() as spans:
            placed = [_placed(event, spans) for event in events]
            return self._log.append_many([Append(event.aggregate_id, [event], expected_version=0) for event in placed])


def _placed(event: Envelope, spans: ExitStack) -> Envelope:
    """The event in the trace of the one that it follows from, beside the others that are appended with it."""
    with tracing.about(event.causation_id or "", event.metadata):
        span = tracing.appending([event])
    [placed] = spans.enter_context(span).stamp([event])
    return placed


def _envelope(wanted: WantedContext, told: ReclamationEnrichie, occurred_at: datetime) -> Envelope:
    kind = event_type_of(told)
    return Envelope(
        event_id=str(uuid4()),
        event_type=kind.name,
        aggregate_id=context_id_of(wanted.claim_id),
        data=told.model_dump(mode="json", exclude_none=True),
        timestamp=occurred_at,
        correlation_id=wanted.correlation_id,
        version=CONTEXT_VERSION,
        schema_version=kind.schema_version,
        causation_id=wanted.event_id,
        actor=ACTOR,
        metadata=dict(wanted.metadata),
    )


def _tell(event: Envelope, appended: Appended) -> None:
    EVENTS_PUBLISHED.labels(event.event_type).inc()
    CLAIMS_ENRICHED.inc()
    logger.info(
        "claim enriched",
        extra={
            "claim_id": event.data["claim_id"],
            "event_id": event.event_id,
            "event_type": event.event_type,
            "correlation_id": event.correlation_id,
            "position": appended.position,
        },
    )
