"""Look, decide, mend: what `recover` does, apart from its words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from redis import Redis

from local.recover.group_stands import Group, GroupStand, groups_on, stands_of, write_file
from local.recover.history import Told
from local.recover.rearchiving import archive_again
from local.recover.restoring import Restored, Restoring
from local.recover.survey import Survey, survey
from local.recover.verdict import Action, Verdict, judge
from repositories.ports.archive import Archive, ArchiveCheckpoints
from repositories.redis_log.connection import translated_errors
from repositories.redis_log.incarnation import RESTORED, sight
from repositories.redis_log.keys import SINGLE_PARTITION, LogKeys

Progress = Callable[[str, int], Told]
"""Called with what is done now and how many positions that are; what it returns is told each position reached."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What is compared and mended. `checkpoint_files` is the folder of the pollers' own files, None for none."""

    client: "Redis"
    archive: Archive
    checkpoints: ArchiveCheckpoints
    groups: Sequence[Group]
    archiver: str
    checkpoint_files: Path | None = None
    keys: LogKeys = SINGLE_PARTITION


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found, where the groups stand, and what is to be done."""

    survey: Survey
    stands: list[GroupStand]
    verdict: Verdict
    accept_loss: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What was mended: events added to the archive, and the log that was restored (None: it was well)."""

    archived: int = 0
    restored: Restored | None = None


def diagnose(stores: Stores, progress: Progress, *, accept_loss: bool = False) -> Diagnosis:
    """Compare log and archive; nothing is written. Raises StoreUnavailableError, UnreadableError."""
    # Before the survey: a log that is well gets events meanwhile, and no group or archive may seem ahead of it.
    stands = _stands(stores)
    archived_once = _archived_once(stores, stands)
    told = progress("compared", _last_known(stores))
    found = survey(stores.client, stores.keys, stores.archive, stores.checkpoints, told)
    return Diagnosis(found, stands, judge(found, stands, archived_once, accept_loss=accept_loss), accept_loss)


def mend(stores: Stores, diagnosis: Diagnosis, progress: Progress) -> Done:
    """Do what the diagnosis says. A run that fails in the middle is repeated from its diagnosis on.

    Raises StoreUnavailableError, LogChangedError where the log is no longer as it was compared, ForkError where the
    archive finds one after all.
    """
    found = diagnosis.survey
    match diagnosis.verdict.action:
        case Action.RESTORE:
            archived = _archive(stores, found, progress)
            restoring = Restoring(stores.client, stores.keys, stores.archive, diagnosis.stands, found.end)
            restored = restoring.run(found.log, progress("restored", found.end))
            _tell_pollers(stores, restored)
            return Done(archived, restored)
        case Action.REARCHIVE:
            archived = _archive(stores, found, progress)
            if diagnosis.accept_loss and found.in_neither:
                _begin_after(stores, found)
            return Done(archived)
        case Action.NAME:
            with translated_errors():
                stores.client.set(stores.keys.log_id, RESTORED + str(uuid4()), nx=True)
            return Done()
        case _:
            return Done()


def _stands(stores: Stores) -> list[GroupStand]:
    # A group that no template names, too, goes on where it was.
    groups = list(dict.fromkeys([*stores.groups, *groups_on(stores.client, stores.keys.all_events)]))
    log_id = sight(stores.client, stores.keys).log_id
    return stands_of(groups, stores.client, stores.keys, stores.checkpoint_files, log_id or None)


def _archive(stores: Stores, found: Survey, progress: Progress) -> int:
    """First of all: what only the log has must not depend on it any longer."""
    told = progress("archived", found.end)
    return archive_again(stores.client, stores.keys, stores.archive, found, told)


def _begin_after(stores: Stores, found: Survey) -> None:
    """From now on the archive's missing beginning is no alarm."""
    stores.archive.begin_after(found.in_neither.last)
    checkpoint = stores.archive.checkpoint()
    with translated_errors():
        stores.client.set(stores.keys.archived, checkpoint.position if checkpoint else 0)


def _tell_pollers(stores: Stores, restored: Restored) -> None:
    if stores.checkpoint_files is not None:
        for (stream, group), done in restored.done.items():
            write_file(stores.checkpoint_files, Group(stream, group), done, restored.log_id)


def _archived_once(stores: Stores, stands: Sequence[GroupStand]) -> int:
    """Up to where the archive had everything: its subscriber acknowledged it, or a guard saw it."""
    with translated_errors():
        noted: Any = stores.client.get(stores.keys.archived)
    done = [stand.done or 0 for stand in stands if stand.group.name == stores.archiver]
    return max([int(noted or 0), *done])


def _last_known(stores: Stores) -> int:
    return max(stores.archive.totals().events, 1)
