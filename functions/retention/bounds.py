"""From where the log is to be kept. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from envelope.errors import RecoursError
from repositories.ports.log_retention import LogState


class RequiredGroupMissingError(RecoursError):
    """A subscriber's group is not there, so nobody can tell what it still needs. A person acts."""


@dataclass(frozen=True, slots=True)
class Bound:
    """Everything before position `keep_from` may go; `held_by` says who needs the rest."""

    keep_from: int
    held_by: str


def find_bound(state: LogState, archived_to: int, required: Collection[str], events_min: int) -> Bound:
    """The lowest of all bounds: what groups acknowledged, where they would be made again, the archive, and the newest.

    Each keeps the very event it stands at, too: a group's next entry then never begins beyond its cursor + 1, and the
    archive's last event can be compared with the log's. Raises RequiredGroupMissingError.
    """
    missing = sorted(set(required) - state.groups.keys())
    if missing:
        raise RequiredGroupMissingError(f"nothing is trimmed: the log has no group {', '.join(missing)}")
    bounds = {
        "archive": archived_to,
        "events_min": state.last_position - events_min + 1,
        **{f"group {name}": group.done_to for name, group in state.groups.items()},
        **_bounds_of_checkpoints(state, required),
    }
    held_by, keep_from = min(bounds.items(), key=lambda item: item[1])
    return Bound(max(keep_from, 0), held_by)


def _bounds_of_checkpoints(state: LogState, required: Collection[str]) -> Mapping[str, int]:
    bounds: dict[str, int] = {}
    for name, group in state.groups.items():
        if group.checkpoint is not None:
            bounds[f"checkpoint of {name}"] = group.checkpoint
        elif name in required:
            # Made again it would begin anew, and must find everything.
            bounds[f"missing checkpoint of {name}"] = 0
    return bounds
