"""The processes of one system, with their sockets, addresses and questions of readiness filled in."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from local.gateway.settings import GATEWAY, Settings
from local.paths import DataDirectory
from local.servers import ServerSpec
from local.supervisor import plan
from local.supervisor.announcement import until_announced
from local.supervisor.auth import lambda_api_keys
from local.supervisor.external import VARIABLES
from local.supervisor.listeners import Listeners
from local.supervisor.options import Options
from local.supervisor.plan import ProcessPlan, Urls
from local.supervisor.probes import until_connected, until_healthy, until_mail_answers, until_true
from local.supervisor.sockets import port_of
from local.template import Function, Template


def server_plan(spec: ServerSpec) -> ProcessPlan:
    """Return how one of the embedded servers is kept running."""
    return ProcessPlan(
        name=spec.name,
        kind="server",
        command=spec.command,
        wait_ready=until_true(spec.is_ready),
        port=spec.port,
        pass_fds=spec.pass_fds,
        account=spec.account,
        stop_signal=spec.stop_signal,
        death_signal=spec.death_signal,
    )


def mail_catcher_plans(data: DataDirectory, listeners: Listeners) -> list[ProcessPlan]:
    """Return how the mail catcher is kept running; nothing where nobody sends."""
    if listeners.mail is None:
        return []
    smtp, http = listeners.mail.smtp, listeners.mail.http
    data.mail.mkdir(parents=True, exist_ok=True, mode=0o700)
    catcher = ProcessPlan(
        name="mailcatcher",
        kind="service",
        command=plan.mail_catcher_command(smtp.fileno(), http.fileno(), data.mail),
        wait_ready=until_mail_answers(port_of(smtp), port_of(http)),
        port=port_of(http),
        pass_fds=(smtp.fileno(), http.fileno()),
        environment=_environment(data, "mailcatcher", {}),
    )
    return [catcher]


def observer_plan(data: DataDirectory, listeners: Listeners, parameters: Mapping[str, str]) -> ProcessPlan:
    """Return how the observer is kept running."""
    return ProcessPlan(
        name="observer",
        kind="service",
        command=plan.observer_command(listeners.observer.fileno(), data.path),
        wait_ready=until_healthy(port_of(listeners.observer)),
        port=port_of(listeners.observer),
        pass_fds=(listeners.observer.fileno(),),
        environment=_environment(data, "observer", parameters),
    )


def lab6_plans(listeners: Listeners) -> list[ProcessPlan]:
    """Return how the simulated Lab 6 is kept running; nothing where it is not simulated.

    A start makes it well again: its faults are in its memory.
    """
    if listeners.lab6 is None:
        return []
    orders, customers = listeners.lab6.orders, listeners.lab6.customers
    return [
        ProcessPlan(
            name="lab6",
            kind="service",
            command=plan.lab6_command(orders.fileno(), customers.fileno()),
            wait_ready=until_healthy(port_of(orders), port_of(customers)),
            port=port_of(orders),
            pass_fds=(orders.fileno(), customers.fileno()),
        )
    ]


def function_plans(
    options: Options, template: Template, listeners: Listeners, parameters: Mapping[str, str]
) -> list[ProcessPlan]:
    """Return the gateway with all that answers HTTP behind it, every poller, and what keeps the schedules."""
    return [
        _gateway_plan(options, template, listeners, parameters),
        *_poller_plans(options, template, listeners, parameters),
        *_schedule_plans(options, template, listeners, parameters),
    ]


def shown_urls(listeners: Listeners, urls: Urls) -> dict[str, str]:
    """Return what a person may open or connect to, by name, in the order to show it."""
    mail = {"mail": listeners.mail.http} if listeners.mail else {}
    http = {"gateway": listeners.gateway, **listeners.services, **mail, "observer": listeners.observer}
    others = {
        "orders": urls.orders,
        "customers": urls.customers,
        "smtp": urls.smtp,
        "redis": urls.redis,
        "mongo": urls.mongo,
        "postgres": urls.postgres,
    }
    return {
        **{name: f"http://127.0.0.1:{port_of(listener)}" for name, listener in http.items()},
        **{name: url for name, url in others.items() if url not in ("", plan.NOBODY)},
    }


def _poller_plans(
    options: Options, template: Template, listeners: Listeners, parameters: Mapping[str, str]
) -> list[ProcessPlan]:
    plans = []
    for name, function in plan.poller_names(plan.stream_functions(template)):
        told = (options.template, function.name, options.data.path / "pollers")
        plans.append(
            ProcessPlan(
                name=name,
                kind="poller",
                command=plan.lambda_poller_command(*told)
                if options.packages
                else plan.poller_command(*told, options.debug.get(function.name), _recording(options, function)),
                wait_ready=until_connected(urlsplit(parameters["RedisUrl"]).port or VARIABLES["REDIS_URL"]),
                environment=_invoker_environment(options, listeners, function.service, parameters),
            )
        )
    return plans


def _schedule_plans(
    options: Options, template: Template, listeners: Listeners, parameters: Mapping[str, str]
) -> list[ProcessPlan]:
    plans = []
    for name, function in plan.schedule_names(plan.scheduled_functions(template)):
        announcement = options.data.run / f"{name}.json"
        told = (options.template, function.name, announcement)
        plans.append(
            ProcessPlan(
                name=name,
                kind="poller",
                command=plan.lambda_schedule_command(*told)
                if options.packages
                else plan.schedule_command(*told, options.debug.get(function.name), _recording(options, function)),
                wait_ready=until_announced(announcement),
                environment=_invoker_environment(options, listeners, function.service, parameters),
            )
        )
    return plans


def _recording(options: Options, function: Function) -> Path | None:
    """Where a poller puts fixtures of its batches; None where they are not wanted."""
    return options.data.recorded if function.name in options.recorded else None


def _invoker_environment(
    options: Options, listeners: Listeners, service: str, parameters: Mapping[str, str]
) -> dict[str, str]:
    """What a process is told that invokes functions: of packages the gateway has the environments."""
    told = _function_environment(options, service, parameters)
    if options.packages is None:
        return told
    endpoint = f"http://127.0.0.1:{port_of(listeners.gateway)}"
    return told | plan.lambda_api_environment(endpoint) | lambda_api_keys(options)


def _gateway_plan(
    options: Options, template: Template, listeners: Listeners, parameters: Mapping[str, str]
) -> ProcessPlan:
    sockets = {GATEWAY: listeners.gateway, **listeners.services}
    settings = Settings(
        template=options.template,
        data=options.data,
        listeners={name: listener.fileno() for name, listener in sockets.items()},
        announcement=options.data.gateway_file,
        processes_max=None,
        obeys_skippable_authorizers=options.auth,
        debug_ports={name: port for name, port in options.debug.items() if name not in _invoked_elsewhere(template)},
        packages=options.packages,
        recorded=options.recorded,
    )
    return ProcessPlan(
        name="gateway",
        kind="gateway",
        command=plan.gateway_command(settings),
        wait_ready=until_announced(options.data.gateway_file),
        port=port_of(listeners.gateway),
        pass_fds=tuple(settings.listeners.values()),
        environment=_function_environment(options, "gateway", parameters),
    )


def _invoked_elsewhere(template: Template) -> set[str]:
    """The functions whose environments are their poller's, or what keeps their schedules."""
    functions = [*plan.stream_functions(template), *plan.scheduled_functions(template)]
    return {function.name for function in functions}


def _function_environment(options: Options, service: str, parameters: Mapping[str, str]) -> dict[str, str]:
    """What a process that runs a function, or has it run, is told."""
    told = _environment(options.data, service, parameters)
    return told | options.faults.to_environment() if options.faults else told


def _environment(data: DataDirectory, service: str, parameters: Mapping[str, str]) -> dict[str, str]:
    data.metrics(service).mkdir(parents=True, exist_ok=True)
    return plan.child_environment(data, service, parameters)
