"""How many of the entries that wait go into one batch."""

from collections.abc import Iterable
from dataclasses import dataclass

from streams.entry import Entry
from streams.invoking.tumbling import window_start_ms
from streams.mapping import EventSourceMapping

# Lambda takes 6 MB a request; a batch that would pass it is cut and goes at once.
PAYLOAD_BYTES_MAX = 6 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Selection:
    """The next entries; a full selection needs not wait for more."""

    entries: list[Entry]
    is_full: bool


def take_batch(waiting: Iterable[Entry], mapping: EventSourceMapping) -> Selection:
    """The first entries that fit: by number, by size, and all of one tumbling window where there are windows.

    An entry that is too large by itself goes alone.
    """
    chosen: list[Entry] = []
    size = 0
    window: int | None = None
    for entry in waiting:
        size += entry.size
        of_entry = window_start_ms(entry, mapping.tumbling_window_s) if mapping.tumbling_window_s else None
        window = of_entry if window is None else window
        if chosen and (size > PAYLOAD_BYTES_MAX or (of_entry or 0) > (window or 0)):
            return Selection(chosen, is_full=True)
        chosen.append(entry)
        if len(chosen) == mapping.batch_size:
            return Selection(chosen, is_full=True)
    return Selection(chosen, is_full=size >= PAYLOAD_BYTES_MAX)
