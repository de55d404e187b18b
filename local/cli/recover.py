"""`recover`: the log lost, rolled back or cut short is restored from the archive, and the other way round."""

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from local.cli.errors import CommandError, UsageError
from local.cli.invoke import URL_PARAMETERS
from local.cli.verify import up_command
from local.loadtest.progress import Progress
from local.paths import DataDirectory, put_layers_on_path
from local.state import data_directory, running_state
from local.template import TemplateError, load_template

if TYPE_CHECKING:
    from local.recover.recovery import Stores

ARCHIVING_SERVICE = "event_store"
SHOWN_FROM = 5_000  # positions; fewer are done before anybody could read how far it is
LONG_TIMEOUT_S = 120.0  # the last step of a large log is one transaction


def command(given: argparse.Namespace) -> int:
    """Tell what is wrong and what will be done, do it once confirmed; 1 where something is or stays lost."""
    put_layers_on_path()
    from envelope.errors import RecoursError
    from local.recover.recovery import diagnose, mend
    from local.recover.verdict import Action
    from local.recover.words import is_whole, plan, result

    try:
        stores = _stores(given)
        diagnosis = diagnose(stores, _progress, accept_loss=given.accept_loss)
        print("\n".join(plan(diagnosis, "will" if given.yes and not given.dry_run else "would")), flush=True)
        if diagnosis.verdict.action in (Action.NOTHING, Action.REFUSE) or given.dry_run:
            return 0 if is_whole(diagnosis) else 1
        _confirm(given)
        print("\n".join(result(diagnosis, mend(stores, diagnosis, _progress))), flush=True)
        return 0 if is_whole(diagnosis) else 1
    except RecoursError as error:
        raise CommandError(str(error)) from error


def _confirm(given: argparse.Namespace) -> None:
    if given.yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            "nothing was changed: ./recours recover writes to the log and the archive, and nobody is here to be asked; "
            "to have it done, repeat with --yes"
        )
    if input("Go on? [y/N] ").strip().lower() not in ("y", "yes"):
        raise CommandError("nothing was changed")


def _stores(given: argparse.Namespace) -> "Stores":
    from local.recover.group_stands import Group
    from local.recover.recovery import Stores
    from repositories.mongo.archive import MongoArchive
    from repositories.mongo.archive_checkpoints import MongoArchiveCheckpoints
    from repositories.mongo.client import client_for
    from repositories.redis_log.connection import connect

    data = data_directory(given.data)
    redis_url, mongo_url = _urls(given, data)
    try:
        functions = load_template(given.template.resolve(), dict.fromkeys(URL_PARAMETERS, "")).functions
    except TemplateError as error:
        raise CommandError(str(error)) from error
    subscribers = [(function.service, function.mapping) for function in functions if function.mapping]
    mongo = client_for(mongo_url)
    return Stores(
        connect(redis_url, timeout_s=LONG_TIMEOUT_S),
        MongoArchive(mongo),
        MongoArchiveCheckpoints(mongo),
        [Group(str(mapping["Stream"]), str(mapping["Group"])) for _, mapping in subscribers],
        next((str(mapping["Group"]) for service, mapping in subscribers if service == ARCHIVING_SERVICE), ""),
        data.path / "pollers",
    )


def _urls(given: argparse.Namespace, data: DataDirectory) -> tuple[str, str]:
    """Where log and archive are. Raises UsageError, CommandError."""
    if given.external:
        missing = [name for name in ("REDIS_URL", "MONGO_URL") if not os.environ.get(name)]
        if missing:
            raise UsageError(f"--external needs {' and '.join(missing)}")
        return os.environ["REDIS_URL"], os.environ["MONGO_URL"]
    state = running_state(data)
    if state is None or not {"redis", "mongo"} <= state.urls.keys():
        raise CommandError(f"nothing is up in {data.path}, so start it: {up_command(given.data)} (or use --external)")
    return state.urls["redis"], state.urls["mongo"]


def _progress(label: str, total: int) -> Callable[[int], None]:
    if total < SHOWN_FROM:
        return lambda _: None
    shown = Progress(label, total)

    def tell(position: int) -> None:
        shown.show(min(position, total))
        if position >= total:
            shown.close()

    return tell
