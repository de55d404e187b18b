"""What `recover` tells a person."""

from collections.abc import Sequence

from local.recover.group_stands import GroupStand
from local.recover.recovery import Diagnosis, Done
from local.recover.survey import Survey
from local.recover.verdict import Action, beyond_end


def plan(diagnosis: Diagnosis) -> list[str]:
    """What was found, and what will be done."""
    verdict, found = diagnosis.verdict, diagnosis.survey
    lines = [*verdict.reasons]
    match verdict.action:
        case Action.NOTHING:
            return [f"Nothing to recover: {lines[0]}.", *_lost_before(diagnosis)]
        case Action.REFUSE:
            return [*map(_sentence, lines), "Nothing is changed: a person must decide what is true."]
        case Action.NAME:
            return [*map(_sentence, lines), "The log gets a new id; processes verify it at their next append."]
        case Action.REARCHIVE:
            return [
                *map(_sentence, lines),
                *_archived_first(found),
                *_lost_before(diagnosis),
            ]
        case Action.RESTORE:
            return [*map(_sentence, lines), *_restoration(diagnosis)]


def result(diagnosis: Diagnosis, done: Done) -> list[str]:
    """What was done."""
    lines = [f"{done.archived} events were archived from the log."] if done.archived else []
    if done.restored is not None:
        lines.append(
            f"The log is restored: it ends at position {done.restored.end}, with {done.restored.claims} claims. "
            "Commands are accepted again."
        )
    elif diagnosis.verdict.action is Action.NAME:
        lines.append("The log has an id again.")
    return lines


def is_whole(diagnosis: Diagnosis) -> bool:
    """Whether, once the plan is done, nothing is missing that is known to have been."""
    lost = diagnosis.survey.in_neither and not diagnosis.accept_loss
    return diagnosis.verdict.action is not Action.REFUSE and not lost


def _restoration(diagnosis: Diagnosis) -> list[str]:
    found = diagnosis.survey
    lines = _archived_first(found)
    lines.append(f"The log is restored from the archive up to position {found.end}, under a new id.")
    lines += _groups(diagnosis.stands, found.end)
    lost = beyond_end(found, diagnosis.stands)
    if lost:
        lines.append("What is lost stays lost; its positions are given out again.")
    lines.append(
        "Records of Idempotency-Keys are not in the archive: a command that was answered before the loss and is "
        "repeated now is done again, or refused by the claim's status."
    )
    return lines


def _archived_first(found: Survey) -> list[str]:
    lines = []
    if found.only_in_log:
        lines.append(f"The archive gets positions {found.only_in_log}, which only the log has.")
    if found.only_in_claims:
        lines.append(f"The archive gets positions {found.only_in_claims}, which only the claims' own streams have.")
    return lines


def _groups(stands: Sequence[GroupStand], end: int) -> list[str]:
    return [f"Group {stand.group.name} goes on {_from(stand.done, end)}." for stand in stands]


def _from(done: int | None, end: int) -> str:
    if done is None:
        return "from the beginning, for where it was is not known: what it did before has no effect again"
    return f"after position {min(done, end)}"


def _lost_before(diagnosis: Diagnosis) -> list[str]:
    lost = diagnosis.survey.in_neither
    if not lost:
        return []
    last = max(last for _, last in lost.spans())
    then = f"The archive begins after {last}." if diagnosis.accept_loss else "With --accept-loss the archive goes on."
    return [f"Positions {lost} are lost: trimmed from the log, and not in the archive. {then}"]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
