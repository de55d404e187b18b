"""What is done with an event that is settled: its destination is told, or the folder of dead letters has it."""

import asyncio
from pathlib import Path
from uuid import uuid4

from local.environment.log import log
from local.invokeapi.asynchronous.dead_letters import DeadLetters
from local.invokeapi.asynchronous.destinations import Destinations, UndeliveredError
from local.invokeapi.asynchronous.records import Condition, invocation_record
from local.invokeapi.asynchronous.settings import EventInvokeSettings, is_function
from local.invokeapi.asynchronous.store import WaitingEvent
from local.invokeapi.limits import EVENT_BYTES_MAX_ASYNCHRONOUS
from local.invokeapi.names import NamedFunction, find_function
from local.runtime.contract import Outcome
from local.template import Template
from local.template.arns import function_arn


class Ends:
    """The ends of the events of a template's functions."""

    def __init__(self, template: Template, dead_letters: Path) -> None:
        self._template = template
        self._dead_letters = DeadLetters(dead_letters)
        self._destinations = Destinations()

    async def tell(
        self,
        event: WaitingEvent,
        settings: EventInvokeSettings,
        condition: Condition,
        outcome: Outcome | None,
        now_s: float,
    ) -> WaitingEvent | None:
        """Tell of an event once. Returns the event that follows where the destination is a function.

        A failure without a destination, and a record that its destination does not take, are kept as a dead letter.
        Raises OSError where that cannot be written.
        """
        arn = settings.on_success if condition is Condition.SUCCESS else settings.on_failure
        if arn is None and condition is Condition.SUCCESS:
            return None
        record = invocation_record(event, self._arn(event.function), condition, outcome, now_s)
        if arn is None:
            await self._keep(event, record)
        elif not is_function(arn):
            await self._send(event, arn, record)
        elif len(record) > EVENT_BYTES_MAX_ASYNCHRONOUS:
            reason = f"the record has {len(record)} bytes, over the limit of {EVENT_BYTES_MAX_ASYNCHRONOUS}"
            await self._keep_undelivered(event, arn, record, reason)
        else:
            function = find_function(self._template, arn).function.name
            return WaitingEvent(str(uuid4()), function, record, accepted_s=now_s, due_s=now_s)
        return None

    def _arn(self, function: str) -> str:
        """Its ARN, also where the template has lost it since."""
        known = {item.name: NamedFunction(item).arn for item in self._template.functions}
        return known.get(function) or function_arn(function)

    async def _send(self, event: WaitingEvent, arn: str, record: bytes) -> None:
        try:
            await self._destinations.send(arn, record)
        except UndeliveredError as error:
            await self._keep_undelivered(event, arn, record, str(error))

    async def _keep_undelivered(self, event: WaitingEvent, arn: str, record: bytes, reason: str) -> None:
        log("error", "a destination was not told", function=event.function, destination=arn, reason=reason)
        await self._keep(event, record)

    async def _keep(self, event: WaitingEvent, record: bytes) -> None:
        file = await asyncio.to_thread(self._dead_letters.write, event.request_id, record)
        log("error", "an asynchronous event has become a dead letter", function=event.function, file=str(file))
