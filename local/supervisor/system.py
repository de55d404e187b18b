"""The whole system: what is started in which order, and stopped in the reverse one."""

import asyncio
import os
import shutil
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from local.faults.settings import folder_in
from local.migrations import migrate_read_models
from local.paths import DataDirectory
from local.servers import ServerError, ServerName, ServerSpec, prepare
from local.servers.ports import free_port
from local.state import Phase, SystemState, create_time_of, end_orphans, orphans, read_state, write_state
from local.supervisor.auth import auth_parameters, warnings
from local.supervisor.child import Child
from local.supervisor.errors import StartError
from local.supervisor.external import VARIABLES, check_reachable
from local.supervisor.lab6 import Lab6UrlError, given_urls, lab6_urls
from local.supervisor.listeners import Listeners, open_listeners
from local.supervisor.mappings import check_mappings
from local.supervisor.named import check_named
from local.supervisor.needs import Needs, needs_of
from local.supervisor.options import Options
from local.supervisor.plan import ProcessPlan, Urls
from local.supervisor.planning import (
    function_plans,
    lab6_plans,
    mail_catcher_plans,
    observer_plan,
    server_plan,
    shown_urls,
)
from local.supervisor.progress import Progress, Report, Stage
from local.supervisor.sockets import port_of
from local.supervisor.traces import trace_parameters, trace_urls
from local.template import Template, TemplateError, load_template

Result = TypeVar("Result")

_READY_SECONDS_MAX = 60.0
_STOP_SERVICES_SECONDS_MAX = 10.0
_STOP_SERVERS_SECONDS_MAX = 15.0


class System:
    """One running system. `start` and `stop` are called once each, from one event loop."""

    def __init__(self, options: Options, report: Report) -> None:
        self._options = options
        self._data = options.data
        self._report = report
        self._phase: Phase = "starting"
        self._urls: dict[str, str] = {}
        self._warnings: list[str] = []
        self._layers: list[list[Child]] = []  # servers, what they talk to, gateway and pollers
        self._listeners: Listeners | None = None

    async def start(self) -> None:
        """Start everything and return once all of it is ready. Raises StartError.

        The mail catcher and Lab 6 need no server: they start beside the servers, and the schema is migrated while the
        slowest server is still starting. That takes a second off a start of eight.
        """
        clear_leftovers(self._data)
        if self._options.faults:
            self._options.faults.prepare()
        self._write_state()
        template = read_template(self._options.template)
        check_mappings(template)
        check_named(self._options, template)
        self._warnings = warnings(self._options, template)
        needs = needs_of(self._options.template, template)
        lab6 = simulates_lab6(self._options) and needs.lab6
        self._listeners = listeners = open_listeners(template, self._options.ports, mail=needs.mail, lab6=lab6)
        specs = await self._prepare_servers(needs)
        urls = await self._urls_of(specs, listeners)
        parameters = {**urls.as_parameters(), **auth_parameters(self._options), **trace_parameters(self._options)}
        plans = (
            [server_plan(spec) for spec in specs],
            [*mail_catcher_plans(self._data, listeners), *lab6_plans(listeners)],
            function_plans(self._options, template, listeners, parameters),
        )
        self._layers = servers, outside, functions = [[self._child(one) for one in layer] for layer in plans]
        await in_parallel(self._start_servers(servers, urls), *(self._start_child(one) for one in outside))
        await in_parallel(*(self._start_child(child) for child in functions))
        self._urls = shown_urls(listeners, urls) | trace_urls(self._options)
        self._set_phase("ready")
        self._start_observer(observer_plan(self._data, listeners, parameters))
        if self._options.faults:
            self._options.faults.begin()

    async def stop(self) -> None:
        """Stop everything: services drain first, servers go last. Bounded in time."""
        self._set_phase("stopping")
        if self._listeners is not None:
            self._listeners.close()
        for layer in reversed(self._layers):
            await asyncio.gather(*(child.stop(_stop_seconds_max(child)) for child in layer))
        for file in (self._data.state_file, self._data.environments_file):
            file.unlink(missing_ok=True)

    @property
    def urls(self) -> dict[str, str]:
        """What stands where, by name, once started."""
        return self._urls

    @property
    def warnings(self) -> list[str]:
        """What a person should know, once started."""
        return self._warnings

    @property
    def is_external(self) -> bool:
        """Whether the servers are somebody else's."""
        return self._options.external

    async def _prepare_servers(self, needs: Needs) -> list[ServerSpec]:
        """Make the servers' files; none when they are somebody else's."""
        names = () if self._options.external else needs.servers
        steps = [asyncio.to_thread(prepare_server, name, self._data) for name in names]
        return await in_parallel(*steps)

    async def _urls_of(self, specs: Sequence[ServerSpec], listeners: Listeners) -> Urls:
        servers = await external_urls() if self._options.external else {spec.name: spec.url for spec in specs}
        mail = listeners.mail
        orders, customers = lab6_urls(listeners.lab6)
        claims = listeners.services.get("claims")
        return Urls(
            redis=servers.get("valkey", ""),
            mongo=servers.get("mongo", ""),
            postgres=servers.get("postgres", ""),
            smtp=f"smtp://127.0.0.1:{port_of(mail.smtp)}" if mail else "",
            sms=f"http://127.0.0.1:{port_of(mail.http)}/sms" if mail else "",
            orders=orders,
            customers=customers,
            claims=f"http://127.0.0.1:{port_of(claims)}" if claims else "",
        )

    async def _start_servers(self, servers: Sequence[Child], urls: Urls) -> None:
        """Start the servers, and bring the read models' schema up to date before anything reads it."""
        read_side = [child for child in servers if child.plan.name == "postgres"]
        others = [child for child in servers if child not in read_side]
        await in_parallel(self._start_read_side(read_side, urls), *(self._start_child(child) for child in others))

    async def _start_read_side(self, servers: Sequence[Child], urls: Urls) -> None:
        for child in servers:
            await self._start_child(child)
        if not urls.postgres:
            return
        self._tell("starting", "migrations")
        started = time.monotonic()
        applied = await asyncio.to_thread(migrate_read_models, urls.postgres)
        self._tell("ready", "migrations", f"{len(applied)} applied in {time.monotonic() - started:.1f} s")

    def _start_observer(self, plan: ProcessPlan) -> None:
        """Last, and not waited for: it only looks on, and what it needs to start would slow those who work."""
        observer = self._child(plan)
        self._layers.append([observer])
        observer.start_unwatched()

    async def _start_child(self, child: Child) -> None:
        self._tell("starting", child.plan.name)
        started = time.monotonic()
        await child.start(_READY_SECONDS_MAX)
        self._tell("ready", child.plan.name, f"{time.monotonic() - started:.1f} s")

    def _child(self, plan: ProcessPlan) -> Child:
        return Child(plan, self._data, self._child_changed, lambda name, text: self._tell("note", name, text))

    def _child_changed(self) -> None:
        """Write the state file. A full disk makes it old, and must not stop a process from being started again."""
        try:
            self._write_state()
        except OSError as error:
            self._tell("note", "recours", f"cannot write its state file ({error})")

    def _tell(self, stage: Stage, name: str, text: str = "") -> None:
        self._report(Progress(stage, name, text))

    def _set_phase(self, phase: Phase) -> None:
        self._phase = phase
        self._write_state()

    def _write_state(self) -> None:
        pid = os.getpid()
        records = tuple(child.record for layer in self._layers for child in layer)
        started = create_time_of(pid) or 0.0
        write_state(self._data, SystemState(pid, started, self._phase, self._urls, records, self.is_external))


def clear_leftovers(data: DataDirectory) -> None:
    """End what outlived a supervisor (where the kernel has no leash for children); forget its metrics and faults."""
    state = read_state(data)
    if state is not None:
        end_orphans(orphans(state))
    for file in (data.environments_file, data.gateway_file):
        file.unlink(missing_ok=True)
    for folder in (data.run / "metrics", folder_in(data.run)):
        shutil.rmtree(folder, ignore_errors=True)


def prepare_server(name: ServerName, data: DataDirectory) -> ServerSpec:
    """Make one server's files and choose its port. Raises StartError."""
    try:
        return prepare(name, data.path, free_port())
    except (ServerError, OSError) as error:
        raise StartError(f"{name} cannot be prepared: {error}") from error


def read_template(path: Path) -> Template:
    """Read the template for its functions and ports. Raises StartError."""
    # The addresses are not known yet, and no function, route or port depends on them.
    unknown = Urls("", "", "", "", "").as_parameters()
    try:
        return load_template(path, unknown)
    except TemplateError as error:
        raise StartError(f"{path} is not a template that can be run: {error}") from error


def simulates_lab6(options: Options) -> bool:
    """Tell whether the order and customer services are ours to start. Raises StartError."""
    try:
        return given_urls() is None and options.lab6
    except Lab6UrlError as error:
        raise StartError(str(error)) from error


async def external_urls() -> dict[str, str]:
    """Return the three servers' URLs from our environment, by our names, each answering. Raises StartError."""
    urls = {name: os.environ[name] for name in VARIABLES}
    await in_parallel(*(asyncio.to_thread(check_reachable, name, url) for name, url in urls.items()))
    return dict(zip(("valkey", "mongo", "postgres"), urls.values(), strict=True))


async def in_parallel(*steps: Coroutine[Any, Any, Result]) -> list[Result]:
    """Run the steps at once and return their results; the first StartError ends the others and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(step) for step in steps]
    except* StartError as errors:
        raise first_of(errors) from None
    return [task.result() for task in tasks]


def first_of(errors: BaseExceptionGroup[StartError]) -> StartError:
    """Return the first error of a group of groups."""
    found = errors.exceptions[0]
    return first_of(found) if isinstance(found, BaseExceptionGroup) else found


def _stop_seconds_max(child: Child) -> float:
    return _STOP_SERVERS_SECONDS_MAX if child.plan.kind == "server" else _STOP_SERVICES_SECONDS_MAX
