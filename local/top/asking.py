"""The observer of a running system, asked for its history."""

import json
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from urllib.request import urlopen

from local.observing.series import History

TIMEOUT_S = 5.0


class ObserverError(Exception):
    """The observer does not answer, or not with a history."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A history, and when its system was started (seconds since the epoch)."""

    history: History
    started: float


def ask(url: str) -> Seen:
    """What the observer at `url` keeps. Raises ObserverError."""
    try:
        with urlopen(f"{url}/history", timeout=TIMEOUT_S) as answer:  # noqa: S310 (the state file's own URL)
            told = json.load(answer)
        return Seen(History.from_answer(told), datetime.fromisoformat(told["started"]).timestamp())
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        raise ObserverError(f"the observer at {url} does not tell its history: {error}") from error
