"""The use cases: parked events of all groups at once, asked for, retried and discarded."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from redis import Redis

from local.parked.errors import NothingParkedError, SeveralGroupsError, UnknownCursorError, UnknownGroupError
from local.parked.places import Place
from local.parked.retries import Asked, Retry
from streams.errors import ParkedNotFoundError
from streams.group.keys import GroupKeys
from streams.parking.parked_events import ParkedEvent, ParkedEvents, RetryState

_ID = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")  # within 64 bits, beyond which the server refuses to look


@dataclass(frozen=True, slots=True)
class ParkedPage:
    """A part of what is parked, group by group and within a group in the order of parking.

    count       how many there are in all, on this page and on the others
    by_group    the same for each group that has any
    next_after  where the next page begins; None on the last one
    """

    parked: list[ParkedEvent]
    count: int
    by_group: dict[str, int]
    next_after: str | None


@dataclass(frozen=True, slots=True)
class Discarded:
    """An event that was given up, and how many of its claim are still parked in that group."""

    event: ParkedEvent
    still_parked: int


class ParkedDesk:
    """Raises redis.exceptions.RedisError. A `group` of None means all of them, a `claim_id` of None every claim."""

    def __init__(self, redis: Redis, places: Iterable[Place]) -> None:
        self._views = {place: ParkedEvents(redis, place.stream, place.group) for place in places}

    def page(self, group: str | None, claim_id: str | None, after: str | None, limit: int) -> ParkedPage:
        """At most `limit` of them. Raises UnknownGroupError, UnknownCursorError."""
        places = self._places(group)
        found: list[tuple[Place, ParkedEvent]] = []
        for place, parked_id in _from_cursor(places, after):
            # One more than asked for tells whether there is another page.
            missing = limit + 1 - len(found)
            if missing > 0:
                found += [(place, event) for event in self._views[place].entries(claim_id, parked_id, missing)]
        by_group = self._count(places, claim_id)
        more = _cursor(*found[limit - 1]) if len(found) > limit else None
        return ParkedPage([event for _, event in found[:limit]], sum(by_group.values()), by_group, more)

    def one(self, entry_id: str, group: str | None) -> ParkedEvent:
        """By its id among the parked or in its stream.

        Raises NothingParkedError, SeveralGroupsError, UnknownGroupError.
        """
        return self._find(entry_id, group)[1]

    def ask_again(self, group: str | None, claim_id: str | None, by: str, *, dry_run: bool = False) -> list[Asked]:
        """Ask the groups' pollers to hand over again, or with `dry_run` only tell what would be.

        Raises UnknownGroupError.
        """
        asked: list[Asked] = []
        for place in self._places(group):
            parked = self._views[place].keys()
            chosen = sorted(parked.keys() & {claim_id}) if claim_id else sorted(parked)
            if chosen and not dry_run:
                chosen = self._views[place].request_retry(chosen, by)
            asked += [Asked(place.group, key, parked.get(key, 0)) for key in chosen]
        return asked

    def outcomes(self, asked: Sequence[Asked]) -> list[Retry]:
        """What came of each, in that order."""
        known = {group: self._standing(group) for group in {each.group for each in asked}}
        return [_retry(each.group, each.claim_id, *known[each.group]) for each in asked]

    def retries(self) -> list[Retry]:
        """All that were asked for and did not succeed: still waiting, or failed at an event that is still parked."""
        found: list[Retry] = []
        for place, view in self._views.items():
            states, parked = view.retry_state(), Counter(view.keys())
            all_of_place = [_retry(place.group, key, parked, states) for key in sorted(states)]
            found += [retry for retry in all_of_place if self._still_holds(view, retry)]
        return found

    def discard(self, entry_id: str, group: str | None, reason: str, by: str) -> Discarded:
        """Give one up. Raises NothingParkedError, SeveralGroupsError, UnknownGroupError."""
        place, event = self._find(entry_id, group)
        try:
            event = self._views[place].discard(event.parked_id, reason, by)
        except ParkedNotFoundError as error:
            raise NothingParkedError(str(error)) from error
        return Discarded(event, self._views[place].keys().get(event.key, 0))

    def _places(self, group: str | None) -> list[Place]:
        places = [place for place in self._views if group in (None, place.group)]
        if group is not None and not places:
            known = ", ".join(sorted({place.group for place in self._views})) or "none"
            raise UnknownGroupError(f"there is no group {group}", (("group", f"is not known; what is: {known}"),))
        return places

    def _find(self, entry_id: str, group: str | None) -> tuple[Place, ParkedEvent]:
        found: list[tuple[Place, ParkedEvent]] = []
        for place in self._places(group):
            event = self._look_for(entry_id, place)
            if event is not None:
                found.append((place, event))
        if not found:
            raise NothingParkedError(f"nothing is parked under {entry_id}" + (f" for {group}" if group else ""))
        if len(found) > 1:
            groups = ", ".join(place.group for place, _ in found)
            raise SeveralGroupsError(f"{entry_id} is parked in several groups, so say which one: {groups}")
        return found[0]

    def _look_for(self, entry_id: str, place: Place) -> ParkedEvent | None:
        if not _ID.fullmatch(entry_id):
            return None
        try:
            return self._views[place].get(entry_id)
        except ParkedNotFoundError:  # in this group; another may have it
            return None

    def _count(self, places: Iterable[Place], claim_id: str | None) -> dict[str, int]:
        counts: Counter[str] = Counter()
        for place in places:
            view = self._views[place]
            counts[place.group] += view.count() if claim_id is None else view.keys().get(claim_id, 0)
        return {group: count for group, count in counts.items() if count}

    def _standing(self, group: str) -> tuple[Counter[str], dict[str, RetryState]]:
        """What is parked by claim, and the retries; these read first: one that ends in between is then seen as done."""
        states: dict[str, RetryState] = {}
        parked: Counter[str] = Counter()
        for place in self._places(group):
            states |= self._views[place].retry_state()
            parked.update(self._views[place].keys())
        return parked, states

    def _still_holds(self, view: ParkedEvents, retry: Retry) -> bool:
        """Whether there is something left to retry; the event that failed may have been discarded since."""
        if retry.state != "failed" or retry.parked_id is None:
            return retry.state == "waiting"
        try:
            return view.get(retry.parked_id).parked_id == retry.parked_id
        except ParkedNotFoundError:
            return False


def _retry(group: str, claim_id: str, parked: Counter[str], states: dict[str, RetryState]) -> Retry:
    left, state = parked[claim_id], states.get(claim_id)
    if not left:
        return Retry(group, claim_id, "done", 0)
    if state is None:
        return Retry(group, claim_id, "parked", left)
    if state.state == "requested":
        return Retry(group, claim_id, "waiting", left)
    return Retry(group, claim_id, "failed", left, state.parked_id, state.error_type, state.error)


def _cursor(place: Place, event: ParkedEvent) -> str:
    return f"{GroupKeys(place.stream, place.group).parked}/{event.parked_id}"


def _from_cursor(places: Sequence[Place], after: str | None) -> list[tuple[Place, str | None]]:
    """The places from the cursor on, and the parked id after which the first one begins.

    A cursor is `<the parked stream's name>/<parked id>`, or a parked id alone where only one place is asked for.
    """
    if after is None:
        return [(place, None) for place in places]
    name, _, parked_id = after.rpartition("/")
    names = [GroupKeys(place.stream, place.group).parked for place in places]
    if not _ID.fullmatch(parked_id) or (name not in names and (name or len(places) != 1)):
        raise UnknownCursorError("after: is not known here", (("after", "is not a next_after of this list"),))
    start = names.index(name) if name else 0
    return [(places[start], parked_id), *((place, None) for place in places[start + 1 :])]
