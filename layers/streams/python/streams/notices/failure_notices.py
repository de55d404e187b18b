"""Tells a destination of what was parked after it failed."""

import logging
from collections.abc import Sequence

from streams.clock import Clock
from streams.lanes.attempt import BEHIND, Parking
from streams.mapping import EventSourceMapping
from streams.notices.destinations import Destination, DestinationError
from streams.notices.failure_notice import failure_notice

logger = logging.getLogger(__name__)


class FailureNotices:
    """Sends after parking: the parked stream has the entries whatever becomes of the notice, as on Lambda."""

    def __init__(self, mapping: EventSourceMapping, destination: Destination, clock: Clock) -> None:
        self._mapping = mapping
        self._destination = destination
        self._clock = clock

    def __call__(self, parkings: Sequence[Parking]) -> None:
        """One notice for all that failed together; what is only parked behind them is not told."""
        together: dict[tuple[str, int], list[Parking]] = {}
        for parking in parkings:
            if parking.reason != BEHIND:
                together.setdefault((parking.reason, id(parking.failure)), []).append(parking)
        for group in together.values():
            self._send(group)

    def _send(self, parkings: Sequence[Parking]) -> None:
        first = parkings[0]
        notice = failure_notice(
            function=self._mapping.function,
            condition=first.reason,
            attempts=first.attempts,
            stream=self._mapping.stream,
            group=self._mapping.group,
            entries=[parking.entry for parking in parkings],
            error=first.failure.message,
            error_type=first.failure.error_type,
            now_ms=self._clock.now_ms(),
        )
        try:
            self._destination.send(notice)
        except DestinationError:
            facts = {"group": self._mapping.group, "entries": len(parkings)}
            logger.exception("the destination was not told; the entries are parked", extra=facts)
