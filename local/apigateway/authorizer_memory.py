"""Answers of an authorizer, remembered by what it recognised the caller by."""

import time
from collections import OrderedDict
from collections.abc import Callable

from local.apigateway.authorizer_answers import Verdict
from local.apigateway.authorizer_identity import Identity

# So many callers; the one who has been away for longest is asked about again.
VERDICTS_MAX = 4096


class Memory:
    """Keeps verdicts for `ttl_s` seconds; for 0 none."""

    def __init__(self, ttl_s: int, now: Callable[[], float] = time.monotonic) -> None:
        self._ttl_s = ttl_s
        self._now = now
        self._kept: OrderedDict[Identity, tuple[float, Verdict]] = OrderedDict()

    def get(self, identity: Identity) -> Verdict | None:
        """The verdict on that caller, where it is still remembered."""
        kept = self._kept.get(identity)
        if kept is None:
            return None
        if kept[0] <= self._now():
            del self._kept[identity]
            return None
        self._kept.move_to_end(identity)
        return kept[1]

    def keep(self, identity: Identity, verdict: Verdict) -> None:
        """Remember a verdict from now on."""
        if self._ttl_s == 0:
            return
        self._kept[identity] = self._now() + self._ttl_s, verdict
        self._kept.move_to_end(identity)
        if len(self._kept) > VERDICTS_MAX:
            self._kept.popitem(last=False)
