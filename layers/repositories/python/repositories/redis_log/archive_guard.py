"""Does the log still have what the archive has? Asked before the first append over a new connection.

A log that was lost or rolled back would give out versions and positions again that the archive knows as other events.
The log remembers how far the archive was, so that an archive that lost events is noticed too: commands go on, for the
log has them still, and readiness tells.
"""

import hashlib
import logging
import time
from collections.abc import Callable

from envelope import Envelope, to_json
from repositories.errors import ForkError, LogBehindArchiveError, StoreUnavailableError
from repositories.ports.archive import ArchiveCheckpoints, ArchiveGapError, Checkpoint
from repositories.ports.event_log import EventLog, GuardedLog, LogDamagedError

ASK_AGAIN_S = 30.0

logger = logging.getLogger(__name__)


class ArchiveGuard:
    """Compares once a connection; asks again as long as the answer is no, or the archive could not be asked."""

    def __init__(self, checkpoints: ArchiveCheckpoints, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._checkpoints = checkpoints
        self._clock_s = clock_s
        self._agreed = False
        self._asked_at_s = float("-inf")
        self._unanswered = False
        self._gap: str | None = None

    def check(self, log: GuardedLog) -> None:
        """Return where appending is safe.

        Raises LogBehindArchiveError where the log lost events, LogDamagedError where the archive found two histories,
        StoreUnavailableError where the archive cannot be asked and the log is empty: that may be a lost one.
        """
        if not self._agreed and not (self._unanswered and self._asked_lately()):
            self._ask(log)

    def forget(self) -> None:
        """The server may be another one: what it agreed to before says nothing."""
        self._agreed = self._unanswered = False

    def check_again(self, log: GuardedLog) -> None:
        """As `check`, though it agreed before: for readiness, which is asked often and keeps no command waiting.

        Raises ArchiveGapError, too, where the archive lost events: appending to the log is safe, and all is not well.
        """
        if not self._asked_lately():
            self.forget()
        self.check(log)
        if self._gap is not None:
            raise ArchiveGapError(self._gap)

    def _asked_lately(self) -> bool:
        return self._clock_s() < self._asked_at_s + ASK_AGAIN_S

    def _ask(self, log: GuardedLog) -> None:
        self._asked_at_s = self._clock_s()
        try:
            # Before the log's end is read: the archive never runs ahead of a log that is well.
            fork, checkpoint = self._checkpoints.fork(), self._checkpoints.read()
        except StoreUnavailableError as error:
            self._go_on_without_archive(log, error)
            return
        except ForkError as error:
            raise _forked(str(error)) from error
        if fork is not None:
            raise _forked(fork)
        if checkpoint is not None:
            _compare(log, checkpoint)
        self._look_for_a_gap(log, checkpoint.position if checkpoint else 0)
        self._agreed = True

    def _look_for_a_gap(self, log: GuardedLog, archived: int) -> None:
        before = log.archived_position()
        self._gap = None
        if archived > before:
            log.note_archived(archived)
        elif archived < before:
            self._gap = (
                f"the archive has lost events: it ends at position {archived} and was at {before}; "
                "mend it from the log: ./recours recover"
            )
            logger.error("the archive has lost events", extra={"position": archived, "position_before": before})

    def _go_on_without_archive(self, log: GuardedLog, error: StoreUnavailableError) -> None:
        if log.last_position() == 0:
            raise StoreUnavailableError("the log is empty, and the archive, which may know better, is away") from error
        # An archive that is down stops nothing: asking at every append would make each wait for its timeout.
        self._unanswered = True
        logger.warning("appending without having compared the log with the archive")


def _forked(sentence: str) -> LogDamagedError:
    return LogDamagedError(f"the archive found two histories: {sentence}; nothing is appended until that is mended")


def _compare(log: EventLog, checkpoint: Checkpoint) -> None:
    last = log.last_position()
    if last < checkpoint.position:
        raise LogBehindArchiveError(
            f"the log ends at position {last}, the archive at {checkpoint.position}; "
            "nothing is appended until the log is restored from the archive: ./recours recover"
        )
    event = log.event_at(checkpoint.position)
    if event is None and _is_trimmed(log, checkpoint.position):
        return
    if event is None or _hash(event) != checkpoint.event_hash:
        raise LogBehindArchiveError(
            f"the log and the archive have different events at position {checkpoint.position}; "
            "nothing is appended until the log is restored from the archive: ./recours recover"
        )


def _is_trimmed(log: EventLog, position: int) -> bool:
    first = log.first_position()
    return first is None or first > position


def _hash(event: Envelope) -> str:
    return hashlib.sha256(to_json(event)).hexdigest()
