"""What of the figures needs a person."""

from collections.abc import Iterator

from local.top.figures import Figures, Subscriber

BEHIND_S = 10.0
"""A subscriber whose oldest event waits for longer is worth a look."""
ARCHIVE_BEHIND_S = 60.0
ARCHIVE = "event_store"


def is_behind(subscriber: Subscriber) -> bool:
    """Whether events wait for longer than they do when all is well."""
    return (subscriber.lag_seconds or 0) > BEHIND_S


def worries(figures: Figures) -> Iterator[str]:
    """A line for each, the worst first."""
    for store in figures.stores:
        if not store.up:
            yield f"the {store.store.replace('_', ' ')} does not answer"
    for process in figures.processes:
        if process.state in ("dead", "restarting"):
            yield f"{process.process} is {process.state}: ./recours logs {process.process}"
    for subscriber in figures.subscribers:
        yield from _of_subscriber(subscriber)


def _of_subscriber(subscriber: Subscriber) -> Iterator[str]:
    if subscriber.parked:
        yield f"{subscriber.service} has {subscriber.parked:,.0f} parked: ./recours parked list"
    if subscriber.service == ARCHIVE and (subscriber.lag_seconds or 0) > ARCHIVE_BEHIND_S:
        yield f"the archive is {subscriber.lag_seconds:.0f} s behind: nothing is trimmed from the log meanwhile"
    elif is_behind(subscriber) and subscriber.lag_grows:
        yield f"{subscriber.service} is {subscriber.lag_seconds:.0f} s behind, and more events wait than before"
