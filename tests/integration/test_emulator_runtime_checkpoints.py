"""A group's checkpoint in a file, for the log that it was taken of and for no other."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from redis import Redis

from local.pollers.checkpoint_file import FileCheckpoint


class Log:
    """A stream in a slot of its own, so that its incarnation is no other test's."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        tag = f"{{{uuid4().hex}}}"
        self.stream, self.id_key = f"{tag}:events:all", f"{tag}:events:log_id"
        self.file = folder / "pollers" / "readers.json"
        self.redis = Redis.from_url(redis_url, protocol=2)
        self._folder = folder / "pollers"

    def named(self, log_id: str | None) -> None:
        if log_id is None:
            self.redis.delete(self.id_key)
        else:
            self.redis.set(self.id_key, log_id)

    def checkpoint(self, stream: str | None = None) -> FileCheckpoint:
        """As a process that was just started has it."""
        return FileCheckpoint(self._folder, self.redis, stream or self.stream, "readers")

    def kept(self) -> dict[str, object]:
        kept: dict[str, object] = json.loads(self.file.read_text())
        return kept


@pytest.fixture
def log(tmp_path: Path, redis_url: str) -> Iterator[Log]:
    made = Log(tmp_path, redis_url)
    yield made
    made.redis.delete(made.id_key)
    made.redis.close()


def test_what_was_saved_is_loaded_by_the_next_process(log: Log) -> None:
    log.named("a")
    checkpoint = log.checkpoint()
    assert checkpoint.load() is None
    checkpoint.save("17-0")
    assert log.checkpoint().load() == "17-0"
    assert log.kept() == {"stream": log.stream, "group": "readers", "entry_id": "17-0", "log_id": "a"}


@pytest.mark.parametrize("other", ["b", None])
def test_a_log_of_another_name_or_of_none_has_no_checkpoint(log: Log, other: str | None) -> None:
    log.named("a")
    log.checkpoint().save("17-0")
    log.named(other)
    assert log.checkpoint().load() is None


@pytest.mark.parametrize("other", ["b", None])
def test_a_log_that_changed_while_we_ran_does_not_overwrite_what_recover_needs(log: Log, other: str | None) -> None:
    log.named("a")
    checkpoint = log.checkpoint()
    checkpoint.load()
    checkpoint.save("17-0")
    log.named(other)
    checkpoint.save("18-0")
    assert (log.kept()["entry_id"], log.kept()["log_id"]) == ("17-0", "a")


def test_a_log_that_lost_its_name_does_not_overwrite_it_after_a_new_start_either(log: Log) -> None:
    log.named("a")
    log.checkpoint().save("17-0")
    log.named(None)
    checkpoint = log.checkpoint()
    checkpoint.load()
    checkpoint.save("1-0")
    assert log.kept()["entry_id"] == "17-0"


def test_once_the_new_log_was_loaded_its_progress_is_kept(log: Log) -> None:
    log.named("a")
    checkpoint = log.checkpoint()
    checkpoint.load()
    checkpoint.save("17-0")
    log.named("b")
    assert checkpoint.load() is None
    checkpoint.save("2-0")
    assert checkpoint.load() == "2-0"


def test_a_log_gets_its_name_after_the_poller_has_started(log: Log) -> None:
    checkpoint = log.checkpoint()
    assert checkpoint.load() is None
    checkpoint.save("0-0")
    assert log.kept()["log_id"] is None
    log.named("a")
    checkpoint.save("3-0")
    assert log.checkpoint().load() == "3-0"


def test_another_streams_checkpoint_is_not_ours(log: Log) -> None:
    log.named("a")
    log.checkpoint().save("17-0")
    assert log.checkpoint(log.stream.replace("all", "other")).load() is None


@pytest.mark.parametrize("damaged", ["", "{", "[1]", '{"log_id": "a"}', '{"log_id": "a", "entry_id": 5}'])
def test_a_damaged_file_counts_as_none_and_is_written_anew(log: Log, damaged: str) -> None:
    log.named("a")
    log.file.parent.mkdir()
    log.file.write_text(damaged)
    checkpoint = log.checkpoint()
    assert checkpoint.load() is None
    checkpoint.save("4-0")
    assert checkpoint.load() == "4-0"
    assert [file.name for file in log.file.parent.iterdir()] == ["readers.json"]


def test_a_disk_that_cannot_be_written_does_not_stop_the_poller(log: Log, caplog: pytest.LogCaptureFixture) -> None:
    log.named("a")
    log.file.parent.write_text("a file where the folder should be")
    log.checkpoint().save("4-0")
    assert "the checkpoint could not be kept" in caplog.text
