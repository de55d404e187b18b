"""The append script: what it is called with and what its answers mean."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from envelope import to_json
from envelope.errors import RecoursError
from repositories.errors import IdempotencyKeyReusedError, VersionConflictError
from repositories.ports.event_log import Append, Appended, LogDamagedError, Outcome
from repositories.redis_log.incarnation import Sighting, went_back
from repositories.redis_log.keys import LogKeys

APPEND_SCRIPT = (Path(__file__).parent / "append_events-N.lua").read_text(encoding="utf-8")


def script_keys(item: Append, keys: LogKeys) -> list[str]:
    """KEYS of the script, in the order that its header tells."""
    names = [keys.claim(item.claim_id), keys.all_events, keys.position, keys.log_id]
    names += [keys.of_type(event.event_type) for event in item.events]
    return names if item.command is None else [*names, keys.command(item.command.idempotency_key)]


def script_arguments(item: Append, seen: Sighting) -> list[Any]:
    """ARGV of the script, in the order that its header tells."""
    command = item.command
    said = [command.command_hash, command.ttl_s, orjson.dumps(command.answer)] if command else ["", 1, ""]
    return [item.expected_version, seen.log_id, seen.position, *said, *(to_json(event) for event in item.events)]


def read_answer(item: Append, answer: Sequence[bytes]) -> Appended | RecoursError:
    """What the script's answer means for the item, an error as a value."""
    match [part.decode() for part in answer]:
        case ["appended", position]:
            return _appended(item, int(position))
        case ["repeated", record]:
            outcome = read_record(record)
            return Appended(outcome.version, outcome.position, replayed=True, outcome=outcome)
        case ["reused"]:
            return key_reused()
        case ["conflict", actual]:
            return VersionConflictError(item.claim_id, item.expected_version, int(actual))
        case ["went_back", position]:
            return went_back(int(position))
        case ["damaged", key, wrong]:
            return LogDamagedError(f"the log is damaged: {key} {wrong}; nothing was written")
        case other:
            raise ValueError(f"the append script answered {other}")


def read_record(record: str) -> Outcome:
    """The outcome in a command's record, `<hash> <version> <position> <answer>`."""
    _, version, position, answer = record.split(" ", 3)
    return Outcome(orjson.loads(answer), int(version), int(position))


def key_reused() -> IdempotencyKeyReusedError:
    """The error for a key that came before with another command."""
    return IdempotencyKeyReusedError()


def _appended(item: Append, position: int) -> Appended:
    first = position - len(item.events) + 1
    placed = tuple(event.model_copy(update={"position": place}) for place, event in enumerate(item.events, start=first))
    return Appended(placed[-1].version, position, placed)
