"""The check of everything: one walk, then a second look at whatever seemed wrong."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from local.verify.asides import given_up, retrying
from local.verify.confirming import still_there
from local.verify.findings import DOCUMENT_STORES, STORES, SUBSCRIBED, Finding, NotJudged, Result, Store
from local.verify.groups import GroupProgress, read_progress
from local.verify.log import read_bounds
from local.verify.log_ends import compare_ends
from local.verify.moment import Moment
from local.verify.stores import Stores, open_stores
from local.verify.subscribers import Subscribers
from local.verify.walk import Walk

WINDOW_COUNT = 1_000  # positions read at a time
PAUSE_SECONDS = 0.25
CONFIRM_SECONDS = 2.0
BEYOND_COUNT_MAX = 1_000

Tell = Callable[[int, int], None]
"""Called with how many events of how many were looked at."""


def check(
    redis_url: str,
    mongo_url: str,
    postgres_url: str,
    groups: Subscribers,
    *,
    wait_seconds: float = 0.0,
    tell: Tell = lambda _done, _total: None,
) -> Result:
    """Compare every store with the log, and say what is wrong.

    Waits up to `wait_seconds` until nothing is in flight. Raises RedisError, PyMongoError or psycopg.Error, as the
    driver said it, where a server does not answer: then nothing is known.
    """
    with open_stores(redis_url, mongo_url, postgres_url) as stores:
        return check_stores(stores, groups, wait_seconds=wait_seconds, tell=tell)


def check_stores(
    stores: Stores,
    subscribers: Subscribers,
    *,
    wait_seconds: float = 0.0,
    confirm_seconds: float = CONFIRM_SECONDS,
    tell: Tell = lambda _done, _total: None,
) -> Result:
    """As `check`, over stores that are open already. What seems wrong is looked at again for `confirm_seconds`."""
    started = time.monotonic()
    _wait(stores, subscribers, wait_seconds)
    counted = {
        store: stores.count(store) for store in DOCUMENT_STORES
    }  # before the log's end: none of them is beyond it
    with look(stores, subscribers) as (walk, moment):
        suspicious = list(_walk(walk, moment.bounds.end, tell))
        certain = [*_standing(stores, moment), *_around(stores, walk, moment, counted)]
        seen = _seen(stores, walk, moment)
    findings = [*certain, *still_there(suspicious, partial(_look_again, stores, subscribers), confirm_seconds)]
    return replace(seen, findings=tuple(sorted(findings, key=_place)), seconds=time.monotonic() - started)


@contextmanager
def look(stores: Stores, subscribers: Subscribers) -> Iterator[tuple[Walk, Moment]]:
    """A walk and its moment. The order of reading makes it true: see `Moment`."""
    groups = read_groups(stores, subscribers)
    with stores.read_models() as snapshot:
        archive, kept = stores.archive_bounds(), stores.kept()
        moment = Moment(groups, read_bounds(stores.redis), archive, kept)
        yield Walk(stores, snapshot, moment, subscribers.agents), moment


def read_groups(stores: Stores, subscribers: Subscribers) -> dict[Store, GroupProgress]:
    """Where the group behind each store is."""
    return {store: read_progress(stores.redis, subscribers.of[store]) for store in SUBSCRIBED}


def _wait(stores: Stores, subscribers: Subscribers, seconds_max: float) -> None:
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline:
        end = read_bounds(stores.redis).end
        if not any(each.in_flight_count(end) for each in read_groups(stores, subscribers).values()):
            return
        time.sleep(PAUSE_SECONDS)


def _seen(stores: Stores, walk: Walk, moment: Moment) -> Result:
    """All that is told beside the findings, after the walk."""
    begins_after = moment.archive.begins_after
    return Result(
        findings=(),
        events=walk.events,
        claims=len(walk.last_versions),
        in_flight={store: each.in_flight_count(moment.bounds.end) for store, each in moment.groups.items()},
        seconds=0.0,
        refused=dict(walk.notifications.refused),
        retrying=retrying(stores.redis, moment),
        given_up=given_up(moment),
        not_judged=NotJudged(begins_after, len(walk.cut_claims)) if begins_after else None,
        contexts_waiting=stores.contexts_waiting(),
    )


def _walk(walk: Walk, end: int, tell: Tell) -> Iterator[Finding]:
    for done, findings in walk.windows(end, WINDOW_COUNT):
        yield from findings
        tell(done, end)


def _standing(stores: Stores, moment: Moment) -> Iterator[Finding]:
    """What the moment itself tells, and the log's ends."""
    yield from moment.archive.findings(moment.bounds.end)
    yield from moment.bounds.findings()
    yield from compare_ends(stores.redis)
    yield from _groups(moment)


def _around(stores: Stores, walk: Walk, moment: Moment, counted: Mapping[Store, int]) -> Iterator[Finding]:
    """What no position leads to, and what all of them add up to."""
    beyond = list(_beyond(stores, moment.bounds.end))
    yield from beyond
    elsewhere = Counter(finding.store for finding in beyond)
    if moment.archive.begins_after:
        elsewhere.update({store: stores.count_between(store, 1, moment.archive.begins_after) for store in counted})
    yield from _unplaced(stores, walk, counted, elsewhere)
    yield from walk.rows_without_events()
    yield from walk.counters()
    yield from walk.kept_totals()
    yield from walk.streams_without_events()


def _groups(moment: Moment) -> Iterator[Finding]:
    for store, progress in moment.groups.items():
        if not progress.exists and moment.bounds.end:
            what = f"group {progress.group} is not there: start its poller, it makes it again"
            yield Finding("missing", "log", what)
        if progress.exists and progress.checkpoint is not None and progress.checkpoint > progress.done_to:
            done = f"group {progress.group} has acknowledged up to {progress.done_to}"
            yield Finding("different", store, f"{done}, its checkpoint is at {progress.checkpoint}")
        for parked in progress.parked.values():
            what = f"{parked.reason}; once mended: ./recours parked retry --group {progress.group}"
            yield Finding("parked", store, what, parked.claim_id, parked.position)


def _beyond(stores: Stores, end: int) -> Iterator[Finding]:
    """Documents at positions that the log has not reached; under load it has by the time that they are looked at."""
    found = {store: stores.beyond(store, end, BEYOND_COUNT_MAX) for store in DOCUMENT_STORES}
    reached = read_bounds(stores.redis).end
    for store, documents in found.items():
        for document in documents:
            position = document["position"]
            if position > reached or position < 1:
                claim_id = document.get("aggregate_id") or document.get("claim_id")
                what = f"event {document.get('event_id')} stands at position {position}, which the log has not reached"
                yield Finding("unexpected", store, what, claim_id)


def _unplaced(
    stores: Stores, walk: Walk, counted: Mapping[Store, int], elsewhere: Mapping[Store, int]
) -> Iterator[Finding]:
    """Documents without a position: no window has them, and only where the numbers differ are they searched for."""
    for store, count in counted.items():
        if count > walk.documents[store] + elsewhere.get(store, 0):
            unplaced = stores.unplaced(store)
            if unplaced:
                what = f"documents at no position: {unplaced}"
                yield Finding("unexpected", store, what)


def _look_again(stores: Stores, subscribers: Subscribers, suspicious: Sequence[Finding]) -> list[Finding]:
    """Walk the places of these findings once more, each alone, and where the rows of their claims stand now."""
    positions = {finding.position for finding in suspicious if finding.position is not None}
    row_ids = {finding.claim_id for finding in suspicious if finding.store == "read_models" and finding.claim_id}
    with look(stores, subscribers) as (walk, moment):
        first = moment.archive.begins_after + 1
        wanted = positions | walk.positions_of_rows(row_ids)
        reached = [position for position in sorted(wanted) if first <= position <= moment.bounds.end]
        return [finding for position in reached for finding in walk.at(position)]


def _place(finding: Finding) -> tuple[bool, int, int, str]:
    # A log that is behind explains the others.
    return finding.kind != "behind", finding.position or 0, STORES.index(finding.store), finding.kind
