"""What every `GuardedLog` keeps beside the log's own contract. Subclass it and give it `open_guarded`."""

from collections.abc import Callable

from repositories.ports.event_log import GuardedLog


class GuardedLogContract:
    """`open_guarded` opens the same log, as another process would; each test has a log of its own."""

    def test_the_log_remembers_how_far_the_archive_was_at_most(self, open_guarded: Callable[[], GuardedLog]) -> None:
        log = open_guarded()
        assert log.archived_position() == 0
        for position in (3, 7, 5):
            log.note_archived(position)
        assert open_guarded().archived_position() == 7
