"""Up to where each consumer group is known to be done."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from local.pollers.checkpoint_file import checkpoint_file
from repositories.redis_log.connection import translated_errors
from repositories.redis_log.keys import LogKeys
from streams.group.keys import GroupKeys


@dataclass(frozen=True, slots=True)
class Group:
    """A subscriber's group on one of the log's streams."""

    stream: str
    name: str


@dataclass(frozen=True, slots=True)
class GroupStand:
    """Everything up to position `done` was handled; None: not known, so it is handled again from the beginning."""

    group: Group
    done: int | None


@dataclass(frozen=True, slots=True)
class _FromFile:
    done: int
    log_id: str
    written_at: float


def stands_of(
    groups: Sequence[Group], client: "Redis", keys: LogKeys, directory: Path | None, log_id: str | None
) -> list[GroupStand]:
    """The better of what the server and the pollers' files in `directory` tell of each group.

    A file tells of one incarnation of the log: that of the log that is there, or, where it lost its id, the one that
    the newest file tells of.
    """
    files = {group: found for group in groups if directory and (found := _read_file(directory, group))}
    wanted = log_id or _newest(files.values())
    stands = []
    for group in groups:
        in_file = files.get(group)
        known = [in_file.done] if in_file is not None and in_file.log_id == wanted else []
        with translated_errors():
            fields: Any = client.hgetall(keys.checkpoint(group.name))
        known += [_position(fields[b"entry_id"])] if fields.get(b"stream") == group.stream.encode() else []
        stands.append(GroupStand(group, _behind_parked(max(known, default=None), group, client)))
    return stands


def _behind_parked(done: int | None, group: Group, client: "Redis") -> int | None:
    """What is parked is forgotten when the group is made again, so it has to come again.

    The server's own checkpoint does not stand behind what is parked there.
    """
    with translated_errors():
        ids: Any = client.hkeys(GroupKeys(group.stream, group.name).parked_ids)
    return done if done is None or not ids else min(done, min(map(_position, ids)) - 1)


def groups_on(client: "Redis", stream: str) -> list[Group]:
    """The groups that the stream has now; none where there is no stream."""
    with translated_errors():
        infos: Any = client.xinfo_groups(stream) if client.exists(stream) else []
    return [Group(stream, info["name"].decode()) for info in infos]


def write_file(directory: Path, group: Group, done: int, log_id: str) -> None:
    """Tell a group's poller where it stands on the restored log, in the form that its FileCheckpoint reads."""
    file = checkpoint_file(directory, group.name)
    kept = {"stream": group.stream, "group": group.name, "entry_id": f"{done}-0", "log_id": log_id}
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".recovering")
    unfinished.write_text(json.dumps(kept))
    unfinished.replace(file)


def _read_file(directory: Path, group: Group) -> _FromFile | None:
    file = checkpoint_file(directory, group.name)
    try:
        kept: Mapping[str, Any] = json.loads(file.read_text())
        if kept["stream"] != group.stream or not kept["log_id"]:
            return None
        return _FromFile(_position(kept["entry_id"]), str(kept["log_id"]), file.stat().st_mtime)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not known: that group handles everything again, which does no harm


def _newest(files: Iterable[_FromFile]) -> str | None:
    newest = max(files, key=lambda found: found.written_at, default=None)
    return newest.log_id if newest else None


def _position(entry_id: str | bytes) -> int:
    """Positions are the first part of an id; `5-18446744073709551615` is all up to 5."""
    text = entry_id if isinstance(entry_id, str) else entry_id.decode()
    return int(text.split("-")[0])
