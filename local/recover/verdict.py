"""What is to be done. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from local.recover.group_stands import GroupStand
from local.recover.runs import Runs
from local.recover.survey import CLAIMS_SHOWN_MAX, Survey
from local.recover.wording import counted


class Action(Enum):
    """What `recover` does."""

    NOTHING = auto()
    NAME = auto()
    RESTORE = auto()
    REARCHIVE = auto()
    REFUSE = auto()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The action, and why: sentences for a person."""

    action: Action
    reasons: tuple[str, ...]


def judge(found: Survey, stands: Sequence[GroupStand], archived_once: int, *, accept_loss: bool = False) -> Verdict:
    """Decide. `archived_once` is a position up to which the archive is known to have had everything.

    `accept_loss`: a beginning that nobody has any more is given up, and the archive begins behind it.
    """
    refusals = _refusals(found)
    if refusals:
        return Verdict(Action.REFUSE, tuple(refusals))
    losses = _losses(found, stands)
    if losses:
        return Verdict(Action.RESTORE, tuple(losses))
    lost_by_archive = found.only_in_log.up_to(archived_once)
    if lost_by_archive or found.only_in_claims:
        return Verdict(Action.REARCHIVE, ("the archive has lost events that the log has",))
    if found.in_neither and accept_loss:
        return Verdict(Action.REARCHIVE, ("the archive has lost its beginning",))
    if found.log.log_id is None and found.end:
        return Verdict(Action.NAME, ("the log has all its events, and has lost its id",))
    return Verdict(Action.NOTHING, (f"the log ends at position {found.end} and has what the archive has",))


def _refusals(found: Survey) -> list[str]:
    """What a person must decide: any choice of ours would drop somebody's events."""
    if found.fork is not None:
        return [f"the archive found two histories: {found.fork}"]
    sentences = []
    if found.different:
        sentences.append(f"log and archive have different events at {found.different.named()}: history has forked")
    lost = _lost_for_good(found)
    if lost:
        sentences.append(f"neither the log nor the archive has {lost}")
    # Where a beginning is missing, its claims cannot but begin in the middle: that is told already.
    if found.broken_claims and not (found.in_neither or found.only_in_claims):
        claims = ", ".join(found.broken_claims[:CLAIMS_SHOWN_MAX])
        sentences.append(
            f"{counted(len(found.broken_claims), 'event')} without the version before it, in {claims}: "
            "log and archive together are not one history"
        )
    if sentences and found.lost_by_log and found.only_in_log:
        sentences.append(
            f"only the log has {found.only_in_log.named()}, only the archive has {found.lost_by_log.named()}"
        )
    return sentences


def _lost_for_good(found: Survey) -> str:
    """Holes that restoring would leave in the log. A beginning that was trimmed leaves none there."""
    if not found.in_neither:
        return ""
    only_trimmed = all(last < found.log.first for _, last in found.in_neither.spans())
    return "" if only_trimmed and not found.lost_by_log else found.in_neither.named()


def _losses(found: Survey, stands: Sequence[GroupStand]) -> list[str]:
    sentences = []
    if found.lost_by_log:
        sentences.append(f"the log has lost {found.lost_by_log.named()}, which the archive has")
    if not found.log.is_consistent:
        counter = (found.log.counter or b"nothing").decode()
        sentences.append(f"the log ends at {found.log.last}, its counter says {counter}")
    beyond = beyond_end(found, stands)
    if beyond:
        sentences.append(beyond)
    return sentences


def beyond_end(found: Survey, stands: Sequence[GroupStand]) -> str:
    """What groups had handled and neither store has; empty where nothing is known to be lost."""
    last = max((stand.done or 0 for stand in stands), default=0)
    if last <= found.end:
        return ""
    names = ", ".join(stand.group.name for stand in stands if (stand.done or 0) > found.end)
    lost = Runs()
    lost.add(found.end + 1, last)
    them = "is lost: neither the log nor the archive has it"
    if lost.count > 1:
        them = "are lost: neither the log nor the archive has them"
    return f"{lost.named()}, which {names} had handled, {them}"
