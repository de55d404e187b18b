"""A group's checkpoint in a file: what survives the loss of the log's server, so that the group can be made again."""

import json
import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from redis import Redis

logger = logging.getLogger(__name__)

# The log's incarnation. A log that lost its memory gets another one, and nothing that was true of the first holds.
LOG_ID = "events:log_id"


class FileCheckpoint:
    """Up to which entry a group is done, for one incarnation of the log.

    The file is `<directory>/<group>.json`: `{"stream", "group", "entry_id", "log_id"}`, `log_id` null where the server
    has none.
    """

    def __init__(self, directory: Path, redis: Redis, stream: str, group: str) -> None:
        self._file = checkpoint_file(directory, group)
        self._redis: Any = redis
        self._stream, self._group = stream, group
        self._key = _beside(stream, LOG_ID)
        self._log_id: str | None = None

    def load(self) -> str | None:
        """The entry's id; None where there is no file, or it tells of another log. Raises RedisError."""
        self._log_id = self._server_log_id()
        kept = self._read()
        if self._log_id is None or kept.get("log_id") != self._log_id or kept.get("stream") != self._stream:
            return None
        entry_id = kept.get("entry_id")
        return entry_id if isinstance(entry_id, str) else None

    def save(self, entry_id: str) -> None:
        """Replace the file as one step. Raises RedisError; a disk that cannot be written is logged and waited out.

        Nothing is written where the server's log is another one than at `load`, or has lost its name: what is in the
        file then is what `recover` needs.
        """
        log_id = self._server_log_id()
        self._log_id = self._log_id or log_id  # a log gets its name at its first append
        if log_id != self._log_id or (log_id is None and self._read().get("log_id")):
            return
        kept = {"stream": self._stream, "group": self._group, "entry_id": entry_id, "log_id": log_id}
        try:
            self._write(json.dumps(kept))
        except OSError as error:
            facts = {"group": self._group, "file": str(self._file), "error": str(error)}
            logger.warning("the checkpoint could not be kept", extra=facts)

    def _server_log_id(self) -> str | None:
        value = self._redis.get(self._key)
        return None if value is None else value.decode()

    def _read(self) -> dict[str, object]:
        try:
            kept = json.loads(self._file.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            facts = {"group": self._group, "file": str(self._file), "error": str(error)}
            logger.warning("the checkpoint cannot be read and counts as not there", extra=facts)
            return {}
        return kept if isinstance(kept, dict) else {}

    def _write(self, text: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._file.with_suffix(".new")
        with unfinished.open("w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._file)


def checkpoint_file(directory: Path, group: str) -> Path:
    """Where a group's checkpoint is kept. A name that is no file's name is escaped as in a URL."""
    return directory / f"{quote(group, safe='')}.json"


def _beside(stream: str, key: str) -> str:
    """The key in the stream's slot of a cluster: `{tag}:…` where the stream's name begins so."""
    tag, brace, _ = stream.partition("}")
    return f"{tag}{brace}:{key}" if brace and tag.startswith("{") else key
