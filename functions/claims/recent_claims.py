"""Claims as this process left them: a guess at what the log has, which only an append proves right."""

from collections import OrderedDict

from claim_domain import Claim


class RecentClaims:
    """Keeps the `count_max` claims that were used last."""

    def __init__(self, count_max: int = 1_000) -> None:
        self._count_max = count_max
        self._claims: OrderedDict[str, Claim] = OrderedDict()

    def get(self, claim_id: str) -> Claim | None:
        """The claim as it was, None where it is not kept."""
        if claim_id in self._claims:
            self._claims.move_to_end(claim_id)
        return self._claims.get(claim_id)

    def keep(self, claim: Claim) -> None:
        """Keep the claim, and let go of the one not used for longest where there are too many."""
        self._claims[claim.claim_id] = claim
        self._claims.move_to_end(claim.claim_id)
        if len(self._claims) > self._count_max:
            self._claims.popitem(last=False)

    def forget(self, claim_id: str) -> None:
        """Let go of a claim that turned out to be another one by now."""
        self._claims.pop(claim_id, None)
