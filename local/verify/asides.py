"""What is told beside the findings: events that are tried again, and events that a person gave up."""

from redis import Redis

from envelope import Envelope
from local.verify.findings import GivenUp, Retrying, Store
from local.verify.log import read_events
from local.verify.moment import Moment


def given_up(moment: Moment) -> tuple[GivenUp, ...]:
    """The discarded events. One that its group will be given again, because it was made again, is in flight instead."""
    return tuple(
        GivenUp(store, each.claim_id, position, each.discarded_by, each.reason)
        for store, progress in moment.groups.items()
        for position, each in sorted(progress.discarded.items())
        if moment.state_of(store, position) == "discarded"
    )


def retrying(redis: "Redis", moment: Moment) -> tuple[Retrying, ...]:
    """The events in flight that were delivered more than once, by store and position."""
    places = [
        (store, position, deliveries)
        for store, progress in moment.groups.items()
        for position, deliveries in sorted(progress.pending.items())
        if deliveries > 1 and moment.state_of(store, position) == "in_flight"
    ]
    events = read_events(redis, {position for _, position, _ in places})
    return tuple(_retrying(store, events.get(position), position, deliveries) for store, position, deliveries in places)


def _retrying(store: Store, event: Envelope | None, position: int, deliveries: int) -> Retrying:
    if event is None:
        return Retrying(store, None, None, position, deliveries)
    return Retrying(store, event.aggregate_id, event.version, position, deliveries)
