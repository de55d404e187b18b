"""How far the consumer groups of a stream are. Source: the pages of XINFO GROUPS and XPENDING."""

from collections.abc import Mapping
from typing import Any

from redis.exceptions import ResponseError

from repositories.ports.log_retention import GroupProgress
from repositories.redis_log.keys import LogKeys


def checkpoint_key(group: str, keys: LogKeys) -> str:
    """The hash `{stream, entry_id}` in which a poller records up to where its group is done with everything."""
    return f"{keys.prefix}events:checkpoint:{group}"


def group_names(client: Any, stream: str) -> list[str]:
    """The groups of a stream; none where there is no stream."""
    return [info["name"].decode() for info in client.xinfo_groups(stream)] if client.exists(stream) else []


def read_groups(client: Any, stream: str, keys: LogKeys) -> Mapping[str, GroupProgress]:
    """The groups of a stream that is there. Raises redis.exceptions.RedisError."""
    infos = client.xinfo_groups(stream)
    pipeline = client.pipeline(transaction=False)
    for info in infos:
        pipeline.xpending_range(stream, info["name"], "-", "+", 1)
        pipeline.hmget(checkpoint_key(info["name"].decode(), keys), "stream", "entry_id")
    answers = pipeline.execute(raise_on_error=False)
    return {
        info["name"].decode(): GroupProgress(_done_to(info, oldest), _checkpoint(stream, recorded))
        for info, oldest, recorded in zip(infos, answers[::2], answers[1::2], strict=True)
        if not _is_gone(oldest)
    }


def _is_gone(answer: Any) -> bool:
    """Whether the group was removed after it had been listed. Raises any other error that the server answered."""
    if isinstance(answer, ResponseError) and str(answer).startswith("NOGROUP"):
        return True
    if isinstance(answer, Exception):
        raise answer
    return False


def _done_to(info: Mapping[str, Any], oldest_pending: list[Any]) -> int:
    if oldest_pending:
        return _position(oldest_pending[0]["message_id"]) - 1
    return _position(info["last-delivered-id"])


def _checkpoint(stream: str, recorded: list[bytes | None]) -> int | None:
    of_stream, entry_id = recorded
    if entry_id is None or of_stream != stream.encode():
        return None
    return _position(entry_id)


def _position(entry_id: bytes) -> int:
    return int(entry_id.split(b"-")[0])
