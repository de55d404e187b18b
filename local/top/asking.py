"""The observer of a running system, asked for its history."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from urllib.request import urlopen

from local.observing.series import History
from local.state import ProcessRecord

TIMEOUT_S = 5.0
_MARGIN_S = 10.0  # the sample before the window is needed too, and a look may be late


class ObserverError(Exception):
    """The observer does not answer, or not with a history. Its text is one line for the person who looks."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A history, when its system was started (seconds since the epoch), and the processes that there should be."""

    history: History
    started: float
    processes: Sequence[ProcessRecord]


def ask(url: str, processes: Sequence[ProcessRecord], seconds: float) -> Seen:
    """What the observer at `url` keeps of the last `seconds`. Raises ObserverError."""
    since = time.time() - seconds - _MARGIN_S
    try:
        with urlopen(f"{url}/history?since={since:.0f}", timeout=TIMEOUT_S) as answer:  # noqa: S310 (our state file's)
            told = json.load(answer)
        seen = Seen(History.from_answer(told), datetime.fromisoformat(told["started"]).timestamp(), processes)
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        raise ObserverError(f"the observer at {url} does not tell its history: {error}") from error
    if not seen.history.samples:
        nothing = f"the observer at {url} has measured nothing for {seconds:.0f} s"
        raise ObserverError(f"{nothing}: look again where it has only just started, or see ./recours logs observer")
    return seen
