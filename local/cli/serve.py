"""`serve`: one part of the system in this process and its children, until SIGTERM."""

import argparse
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from socket import socket
from typing import TYPE_CHECKING

from local.cli.errors import CommandError, UsageError
from local.paths import DataDirectory, put_layers_on_path
from local.serving import parts
from local.serving.errors import ServeError
from local.serving.listening import listen
from local.serving.parts import Part, Place
from local.serving.variables import declared_parameters, given_values, missing_variables, with_stand_ins
from local.state import data_directory
from local.supervisor.errors import StartError
from local.supervisor.lock import AlreadyUpError, take_lock
from local.template import TemplateError, load_template

if TYPE_CHECKING:
    from local.serving.keeper import Keeper

_STORES = ("REDIS_URL", "MONGO_URL", "POSTGRES_URL")
_NEED_FUNCTION = ("poller", "schedule")
_ALONE = ("migrate", "mailcatcher", "lab6", "observer")


def command(given: argparse.Namespace) -> int:
    """Serve what was asked for; return its exit code."""
    kind, names = given.parts[0], given.parts[1:]
    if kind in _NEED_FUNCTION and len(names) != 1:
        raise UsageError(f"serve {kind} takes the name of one function")
    if kind in _ALONE and names:
        raise UsageError(f"serve {kind} takes nothing else")
    if given.invoke and kind != "poller":
        raise UsageError("--invoke is for a poller")
    try:
        return _migrate(given) if kind == "migrate" else _keep(given)
    except (ServeError, StartError, TemplateError) as error:
        raise CommandError(str(error)) from error


def _migrate(given: argparse.Namespace) -> int:
    from local.migrations import migrate_read_models

    values = given_values(declared_parameters(given.template), os.environ)
    if "PostgresUrl" not in values:
        raise UsageError("serve migrate needs POSTGRES_URL in the environment")
    put_layers_on_path()
    applied = migrate_read_models(values["PostgresUrl"])
    print(f"applied: {', '.join(applied)}" if applied else "the schema is up to date", flush=True)
    return 0


def _keep(given: argparse.Namespace) -> int:
    from local.serving.keeper import Keeper

    put_layers_on_path()  # what is exposed beside the part is read by the metrics layer
    data = data_directory(given.data)
    with _taken(data):
        part = _part(given, data)
        keeper = Keeper(part)
        with ExitStack() as beside:
            _start_beside(given, data, part, keeper, beside)
            return keeper.run()


@contextmanager
def _taken(data: DataDirectory) -> Iterator[None]:
    """The data directory is ours alone. What processes of an earlier life counted is gone with their pids."""
    try:
        lock = take_lock(data)
    except AlreadyUpError as error:
        raise CommandError(f"{data.path} is used by another process: choose another with --data") from error
    try:
        _forget_samples(data)
        data.logs.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        os.close(lock)


def _forget_samples(data: DataDirectory) -> None:
    shutil.rmtree(data.run / "metrics", ignore_errors=True)


def _start_beside(
    given: argparse.Namespace, data: DataDirectory, part: Part, keeper: "Keeper", beside: ExitStack
) -> None:
    """What runs in threads of ours as long as the part does."""
    from local.serving.compacting import Compacting
    from local.serving.exposition import Exposition
    from local.serving.log_relay import LogRelay

    relay = LogRelay(data.logs)
    relay.start()
    beside.callback(relay.close)
    beside.callback(Compacting(data.run / "metrics").close)
    if part.told_by_parent and part.metrics is not None:
        exposition = Exposition(given.host, given.health_port, part.name, part.metrics, lambda: keeper.is_running)
        beside.callback(exposition.close)


def _part(given: argparse.Namespace, data: DataDirectory) -> Part:
    def opening(port: int) -> socket:
        return listen(given.host, port)

    kind = given.parts[0]
    if kind == "lab6":
        return parts.lab6(opening)
    place = _place(given, data)
    if kind == "mailcatcher":
        return parts.mail_catcher(place, opening)
    if kind == "observer":
        return parts.observer(place, opening)
    template = load_template(place.template, place.values)
    if kind == "poller":
        function = template.function(given.parts[1])
        return parts.lambda_poller(place, function, given.invoke) if given.invoke else parts.poller(place, function)
    if kind == "schedule":
        return parts.schedule(place, template.function(given.parts[1]))
    return parts.front(place, template, given.parts, opening, environments=given.environments)


def _place(given: argparse.Namespace, data: DataDirectory) -> Place:
    """Raises UsageError where a value is missing that the part needs."""
    declared = declared_parameters(given.template)
    values = given_values(declared, os.environ)
    missing = missing_variables(declared, values)
    if given.parts[0] == "mailcatcher":
        missing = []
    elif given.parts[0] == "observer":
        missing = [name for name in missing if name in _STORES]
    elif given.invoke:  # the function has its own values on Lambda; what is read here is the log alone
        missing = [name for name in missing if name == "REDIS_URL"]
        values = with_stand_ins(declared, values)
    if missing:
        raise UsageError(f"serve {given.parts[0]} needs {', '.join(missing)} in the environment")
    return Place(given.template.resolve(), data, values)
