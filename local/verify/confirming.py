"""A second look at what seemed wrong: a running system may have been seen between two steps."""

import time
from collections.abc import Callable, Sequence

from local.verify.findings import Finding

PLACES_MAX = 200  # so many places wrong at once are no coincidence: the others are told as they were seen
PAUSE_SECONDS = 0.25

Key = tuple[str, str, str | None, int | None]


def still_there(
    suspicious: Sequence[Finding],
    look_again: Callable[[Sequence[Finding]], Sequence[Finding]],
    seconds_max: float,
    pause: Callable[[float], None] = time.sleep,
    clock_s: Callable[[], float] = time.monotonic,
) -> list[Finding]:
    """Those findings that `look_again`, which is given them, finds each time until the time is over, once at least.

    The first PLACES_MAX places are looked at again; what is beyond them is told only while any of those is still wrong.
    """
    places = list(dict.fromkeys(finding.position for finding in suspicious))[:PLACES_MAX]
    left = [finding for finding in suspicious if finding.position in places]
    rest = [finding for finding in suspicious if finding.position not in places]
    deadline = clock_s() + seconds_max
    while left:
        seen = {_key(finding) for finding in look_again(left)}
        left = [finding for finding in left if _key(finding) in seen]
        if clock_s() + PAUSE_SECONDS > deadline:
            break
        pause(PAUSE_SECONDS)
    return left + rest if left else []


def _key(finding: Finding) -> Key:
    # A row moves on while it is looked at: the same claim's row is the same finding.
    position = None if finding.store == "read_models" else finding.position
    return finding.kind, finding.store, finding.claim_id, position
