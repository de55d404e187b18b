"""What holds for one look at the stores."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.verify.archive_bounds import ArchiveBounds
from local.verify.findings import Store
from local.verify.groups import EventState, GroupProgress
from local.verify.log import LogBounds


@dataclass(frozen=True, slots=True)
class Moment:
    """`groups` were read before any store was, `bounds` after all else and after the read models' snapshot was taken.

    So an event that a group was done with has had its effect on what is looked at, and no row knows of an event beyond
    the end. `kept` are the documents in which a store keeps how far it is and what it counted, where there is one.
    """

    groups: Mapping[Store, GroupProgress]
    bounds: LogBounds
    archive: ArchiveBounds = field(default_factory=ArchiveBounds)
    kept: Mapping[Store, dict[str, Any]] = field(default_factory=dict)

    def state_of(self, store: Store, position: int) -> EventState:
        """Whether the subscriber that fills the store is done with the event."""
        return self.groups[store].state_of(position)

    def is_done(self, store: Store, position: int) -> bool:
        """Whether the event must have had its effect on the store."""
        return self.state_of(store, position) == "done"
