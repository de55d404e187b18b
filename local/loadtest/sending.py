"""Sending one command until it is acknowledged, or refused for good."""

import random
import time

from local.loadtest.connection import Answer, Connection, ConnectionFailedError
from local.loadtest.scenario import Command
from local.loadtest.tally import Tally

SECONDS_MAX = 60.0  # a killed server is back within a few seconds; a minute means that it is not coming back
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 1.0
_NOT_NOW = frozenset({429, 502, 503, 504})


class GaveUpError(Exception):
    """The command was refused, or not acknowledged in time; the text says how."""


def send(connection: Connection, command: Command, tally: Tally, seconds_max: float = SECONDS_MAX) -> Answer:
    """Send until it is acknowledged; what may have been carried out is repeated under the same Idempotency-Key.

    Waits as long as Retry-After says, else doubles its pause. Raises GaveUpError.
    """
    started = time.monotonic()
    pause_seconds = _FIRST_PAUSE_SECONDS
    while True:
        answer, why = _attempt(connection, command, tally)
        if answer is not None and answer.status in (200, 201):
            tally.acknowledged(time.monotonic() - started)
            return answer
        if answer is not None and answer.status not in _NOT_NOW:
            raise GaveUpError(f"POST {command.path} {why}")
        wait_seconds = _wait_seconds(answer, pause_seconds)
        if time.monotonic() - started + wait_seconds > seconds_max:
            raise GaveUpError(f"POST {command.path} was not acknowledged within {seconds_max:.0f} s; it last {why}")
        time.sleep(wait_seconds)
        pause_seconds = min(pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
        tally.retried()


def _attempt(connection: Connection, command: Command, tally: Tally) -> tuple[Answer | None, str]:
    """Send once; return the answer where one came, and how it went."""
    headers = {"Idempotency-Key": command.key, "X-Correlation-ID": command.correlation_id}
    try:
        answer = connection.request("POST", command.path, headers, command.body)
    except ConnectionFailedError as error:
        tally.failed_attempt("connection")
        return None, f"failed: {error}"
    if answer.status not in (200, 201):
        tally.failed_attempt(str(answer.status))
    return answer, f"answered {answer.status}: {answer.body[:300].decode(errors='replace')}"


def _wait_seconds(answer: Answer | None, pause_seconds: float) -> float:
    told = "" if answer is None else answer.headers.get("retry-after", "")
    # Jitter, so that those who were refused together do not come back together.
    return float(told) if told.isdigit() else pause_seconds * random.uniform(0.5, 1.0)  # noqa: S311
