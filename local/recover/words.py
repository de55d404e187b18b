"""What `recover` tells a person."""

from collections.abc import Sequence
from typing import Literal

from local.recover.group_stands import GroupStand
from local.recover.recovery import Diagnosis, Done
from local.recover.survey import Survey
from local.recover.verdict import Action, beyond_end
from local.recover.wording import counted

Mood = Literal["will", "would"]


def plan(diagnosis: Diagnosis, mood: Mood = "will") -> list[str]:
    """What was found, and what `will` be done; `would` where that is not decided yet."""
    verdict = diagnosis.verdict
    lines = [_sentence(reason) for reason in verdict.reasons]
    match verdict.action:
        case Action.NOTHING:
            lost = _lost_before(diagnosis, mood)
            return [*lost, f"Nothing {'else ' if lost else ''}to recover: {verdict.reasons[0]}."]
        case Action.REFUSE:
            return [*lines, "Nothing is changed: a person must decide what is true."]
        case Action.NAME:
            return [*lines, f"The log {mood} get a new id, and processes {mood} verify it at their next append."]
        case Action.REARCHIVE:
            return [*lines, *_archived_first(diagnosis.survey, mood), *_lost_before(diagnosis, mood)]
        case Action.RESTORE:
            return [*lines, *_restoration(diagnosis, mood)]


def result(diagnosis: Diagnosis, done: Done) -> list[str]:
    """What was done."""
    lines = []
    if done.archived:
        was = "was" if done.archived == 1 else "were"
        lines.append(f"{counted(done.archived, 'event')} {was} archived from the log.")
    if done.restored is not None:
        lines.append(
            f"The log is restored: it ends at position {done.restored.end}, with "
            f"{counted(done.restored.claims, 'claim')}. Commands are accepted again."
        )
    elif diagnosis.verdict.action is Action.NAME:
        lines.append("The log has an id again.")
    elif diagnosis.accept_loss and diagnosis.survey.in_neither:
        lines.append(f"The archive begins after position {diagnosis.survey.in_neither.last}.")
    return lines


def is_whole(diagnosis: Diagnosis) -> bool:
    """Whether, once the plan is done, nothing is missing that is known to have been."""
    lost = diagnosis.survey.in_neither and not diagnosis.accept_loss
    return diagnosis.verdict.action is not Action.REFUSE and not lost


def _restoration(diagnosis: Diagnosis, mood: Mood) -> list[str]:
    found = diagnosis.survey
    lines = _archived_first(found, mood)
    lines.append(f"The log {mood} be restored from the archive up to position {found.end}, under a new id.")
    lines += [f"Group {each.group.name} {mood} go on {_from(each, found.end)}." for each in diagnosis.stands]
    lost = beyond_end(found, diagnosis.stands)
    if lost:
        lines.append(f"What is lost stays lost; its positions {mood} be given out again.")
    return [*lines, *_forgotten(diagnosis.stands, mood)]


def _forgotten(stands: Sequence[GroupStand], mood: Mood) -> list[str]:
    """What the log's server alone knew."""
    keys = (
        "Records of Idempotency-Keys are not in the archive: a command that was answered before the loss and is "
        f"repeated afterwards {mood} be done again, or refused by the claim's status."
    )
    discards = (
        "Nor are records of discarded events: a group that goes on before such an event "
        f"{mood} be given it again, and where it goes on behind it, ./recours verify {mood} call it missing."
    )
    return [keys, discards] if stands else [keys]


def _archived_first(found: Survey, mood: Mood) -> list[str]:
    sources = ((found.only_in_log, "the log has"), (found.only_in_claims, "the claims' own streams have"))
    return [f"The archive {mood} get {runs.named()}, which only {source}." for runs, source in sources if runs]


def _from(stand: GroupStand, end: int) -> str:
    if stand.done is None:
        return "from the beginning, for where it was is not known: what it did before has no effect again"
    return f"after position {min(stand.done, end)}"


def _lost_before(diagnosis: Diagnosis, mood: Mood) -> list[str]:
    lost = diagnosis.survey.in_neither
    if not lost:
        return []
    then = "restore the archive's backup, or --accept-loss"
    if diagnosis.accept_loss:
        then = f"given up as lost, and the archive {mood} begin after position {lost.last}"
    were = "was" if lost.count == 1 else "were"
    return [_sentence(f"{lost.named()} {were} trimmed from the log and lived in the archive alone: {then}")]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
