"""`parked`: events that were set aside after their last retry, and what a person may do about them."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import psutil

from local.cli.errors import CommandError, UsageError
from local.paths import put_layers_on_path
from local.state import data_directory, running_state

if TYPE_CHECKING:
    from local.parked.desk import ParkedDesk
    from local.parked.retries import Asked, Retry


def command(given: argparse.Namespace) -> int:
    """Do one of the actions. 1 where a retry left something parked."""
    put_layers_on_path()
    actions = {"list": _list, "show": _show, "retry": _retry, "discard": _discard}
    with _desk(given) as desk:
        return actions[given.action](desk, given)


@contextmanager
def _desk(given: argparse.Namespace) -> Iterator["ParkedDesk"]:
    """The desk of the running system, and its errors told as a command's."""
    from redis.exceptions import RedisError

    from envelope.errors import RecoursError
    from local.parked.connection import connect
    from local.parked.desk import ParkedDesk
    from local.parked.errors import SeveralGroupsError
    from local.parked.places import Place, find_places

    state = running_state(data_directory(given.data))
    if state is None or "redis" not in state.urls:
        raise CommandError(f"nothing is up in {given.data}, so start it: ./recours up --detach")
    try:
        with closing(connect(state.urls["redis"])) as redis:
            places = find_places(redis)
            # A group for which nothing was ever parked has no place yet, and is no mistake.
            known = given.group is None or any(place.group == given.group for place in places)
            yield ParkedDesk(redis, places if known else [*places, Place("events:all", given.group)])
    except SeveralGroupsError as error:
        raise UsageError(f"{error} (--group)") from error
    except RecoursError as error:
        raise CommandError(str(error)) from error
    except RedisError as error:
        raise CommandError(f"the log does not answer ({error}): see ./recours status") from error


def _list(desk: "ParkedDesk", given: argparse.Namespace) -> int:
    from local.cli.parked_texts import page_text
    from local.parked.shapes import page_json

    page = desk.page(given.group, given.claim, None, given.limit)
    if given.json:
        _print_json(page_json(page))
    else:
        print(page_text(page) if page.count else _nothing(desk, given))
    return 0


def _show(desk: "ParkedDesk", given: argparse.Namespace) -> int:
    from local.cli.parked_texts import event_text
    from local.parked.shapes import event_json

    event = event_json(desk.one(given.id, given.group))
    if given.json:
        _print_json(event)
    else:
        print(event_text(event))
    return 0


def _retry(desk: "ParkedDesk", given: argparse.Namespace) -> int:
    from local.parked.shapes import asked_json, retries_json

    asked = desk.ask_again(given.group, given.claim, _who(), dry_run=given.dry_run)
    outcomes = [] if given.dry_run else _wait(desk, asked, given.wait)
    if given.json:
        answer: dict[str, Any] = {"dry_run": given.dry_run, "requested": asked_json(asked)}
        _print_json(answer | {"retries": retries_json(outcomes)})
    else:
        print(_retry_text(asked, outcomes) or _nothing(desk, given))
    return 0 if all(retry.state == "done" for retry in outcomes) else 1


def _retry_text(asked: Sequence["Asked"], outcomes: Sequence["Retry"]) -> str:
    from local.cli.parked_texts import asked_text, outcome_text

    if not outcomes:
        return asked_text(asked)
    return "\n".join(outcome_text(each, retry) for each, retry in zip(asked, outcomes, strict=True))


def _wait(desk: "ParkedDesk", asked: Sequence["Asked"], wait_s: float) -> list["Retry"]:
    """Wait for the pollers, and show how far they are."""
    from local.loadtest.progress import Progress
    from local.parked.retries import wait_for
    from streams.clock import SystemClock

    if not asked:
        return []
    total = max(sum(each.events for each in asked), 1)
    progress = Progress("handed over", total)

    def show(retries: Sequence["Retry"]) -> None:
        progress.show(max(total - sum(retry.still_parked for retry in retries), 0))

    try:
        return wait_for(lambda: desk.outcomes(asked), wait_s, show, SystemClock())
    finally:
        progress.close()


def _discard(desk: "ParkedDesk", given: argparse.Namespace) -> int:
    from local.cli.parked_texts import discarded_text

    print(discarded_text(desk.discard(given.id, given.group, given.reason, _who())))
    return 0


def _nothing(desk: "ParkedDesk", given: argparse.Namespace) -> str:
    """That nothing is parked of what was asked for; and where something is, in case a name was misspelt."""
    of = f" of {given.claim}" if given.claim else ""
    within = f" for {given.group}" if given.group else ""
    others = desk.page(None, None, None, 1).by_group if of or within else {}
    more = ", ".join(f"{group} {count}" for group, count in others.items())
    return f"Nothing{of} is parked{within}." + (f" In all there is: {more}." if more else "")


def _who() -> str:
    """Who asks: the user's name on this machine, or number where it has none."""
    return psutil.Process().username()


def _print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, separators=(",", ":"))
    print()
