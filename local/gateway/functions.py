"""The functions that a gateway invokes, wired to their environments."""

import os
from collections.abc import Callable, Sequence

from local.gateway.settings import GATEWAY, Settings
from local.recording.functions import RecordingFunctions
from local.runtime.contract import EnvironmentFactory, Functions
from local.runtime.limits import PoolLimits, limits_of
from local.runtime.places import places_of
from local.runtime.records import RecordFile
from local.runtime.service import FunctionService
from local.runtime.source.environment import SourceEnvironments
from local.template import Function, Template


def functions_of(settings: Settings, template: Template, records: RecordFile) -> FunctionService:
    """Every function of the template, or those of the services that are listened for where the gateway is not.

    A function that no route leads to is there for the Invoke API, and starts with its first invocation.
    """
    functions = served_functions(settings, template)
    service = FunctionService(
        functions,
        _factory_of(settings),
        _limits(settings, template),
        places_of(functions, settings.data.logs),
        records.changed,
    )
    records.watch(service)
    return service


def recorded_functions(settings: Settings, service: FunctionService) -> Functions:
    """The functions, with fixtures made of what those are invoked with for which it was asked."""
    names = [name for name in settings.recorded if name in service.names()]
    return RecordingFunctions(service, settings.data.recorded, names) if names else service


def served_functions(settings: Settings, template: Template) -> Sequence[Function]:
    """The functions that this process can be asked to invoke."""
    if GATEWAY in settings.listeners:
        return template.functions
    wanted = {function.name for function in template.functions if function.service in settings.listeners}
    wanted |= asked_authorizers(settings, template)
    return [function for function in template.functions if function.name in wanted]


def asked_authorizers(settings: Settings, template: Template) -> frozenset[str]:
    """The functions that say who may call the routes."""
    named = {authorizer.function for api in template.apis.values() for authorizer in api.authorizers}
    return frozenset(named) - skipped_authorizers(settings, template)


def skipped_authorizers(settings: Settings, template: Template) -> frozenset[str]:
    """The authorizers that are not asked: those that a laptop may do without, where nobody wants them."""
    if settings.obeys_skippable_authorizers:
        return frozenset()
    return frozenset(function.name for function in template.functions if function.skipped_without_auth)


def _factory_of(settings: Settings) -> Callable[[Function], EnvironmentFactory]:
    def factory(function: Function) -> EnvironmentFactory:
        metrics = settings.data.metrics(function.service)
        metrics.mkdir(parents=True, exist_ok=True)
        variables = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
        if settings.packages is not None:
            from local.packaged.factory import packaged_factory

            return packaged_factory(function, settings.packages, variables)
        return SourceEnvironments(settings.template, function, variables, settings.debug_ports.get(function.name))

    return factory


def _limits(settings: Settings, template: Template) -> Callable[[Function], PoolLimits]:
    asked = asked_authorizers(settings, template)

    def limits(function: Function) -> PoolLimits:
        if function.name in settings.debug_ports:  # one process has the port, and what comes waits for it
            return limits_of(function, warm=1, processes_max=1)
        # The batches of a packaged function come through the Invoke API, and begin as soon as all is up.
        batched = settings.packages is not None and function.mapping is not None
        warm = function.environments if function.routes or function.name in asked or batched else 0
        return limits_of(function, warm=warm, processes_max=settings.processes_max)

    return limits
