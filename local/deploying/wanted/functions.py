"""Functions, their layers and their schedules, from what `local.template` read of them."""

from collections.abc import Mapping

from local.deploying.errors import DeployError
from local.deploying.wanted.model import Function, Layer, Schedule
from local.deploying.wanted.named import Named
from local.deploying.wanted.names import Names
from local.deploying.wanted.policies import role_of
from local.deploying.zips import Zip
from local.template import Function as TemplateFunction
from local.template import Schedule as TemplateSchedule
from local.template.properties import Properties
from local.template.shapes import text_of, texts_of

ARCHITECTURE_DEFAULT = "x86_64"  # Lambda's own
RULE = "aws.events"


def read_layer(logical: str, given: Properties, zips: Mapping[str, Zip], named: Named, names: Names) -> Layer:
    """A layer from its properties with the globals merged. Raises DeployError, TemplateError."""
    return Layer(
        logical=logical,
        name=named.layers[logical],
        arn=names.arn("lambda", f"layer:{named.layers[logical]}"),
        zip=_zip(logical, zips),
        description=text_of(given.get("Description", ""), given.place("Description")),
        runtimes=_texts(given, "CompatibleRuntimes"),
        architectures=_texts(given, "CompatibleArchitectures"),
    )


def read_function(
    one: TemplateFunction, given: Properties, zips: Mapping[str, Zip], named: Named, names: Names
) -> Function:
    """A function; `given` are its properties with the globals merged. Raises DeployError, TemplateError."""
    role = given.get("Role")
    architectures = _texts(given, "Architectures")
    return Function(
        logical=one.name,
        name=named.functions[one.name],
        arn=named.function_arn(one.name),
        role_arn=text_of(role, given.place("Role")) if role else names.role_arn(names.of(role_of(one.name))),
        zip=_zip(one.name, zips),
        handler=one.handler,
        runtime=one.runtime,
        memory_mb=one.memory_mb,
        timeout_s=one.timeout_s,
        layers=_texts(given, "Layers"),
        environment=one.environment,
        architecture=architectures[0] if architectures else ARCHITECTURE_DEFAULT,
        concurrency_max=one.concurrency_max,
        description=one.description,
    )


def read_schedules(function: TemplateFunction, names: Names) -> list[Schedule]:
    """The function's `Schedule` events that are enabled."""
    return [_schedule(function.name, one, names) for one in function.schedules if one.source == RULE]


def left_out_of(function: TemplateFunction) -> list[str]:
    """What a function has and is not made here: EventBridge Scheduler wants a role, and SAM's rule needs none."""
    return [f"{function.name}.Events.{one.name} (ScheduleV2)" for one in function.schedules if one.source != RULE]


def _schedule(function: str, one: TemplateSchedule, names: Names) -> Schedule:
    ours, told = f"{function}{one.name}", one.arn.rpartition("/")[2]
    name = names.of(ours, "" if told == ours else told)
    return Schedule(name, names.arn("events", f"rule/{name}"), one.expression, function, one.input_json)


def _zip(logical: str, zips: Mapping[str, Zip]) -> Zip:
    if logical not in zips:
        raise DeployError(f"{logical}: its code is in a bucket already; --target localstack takes zips alone")
    return zips[logical]


def _texts(given: Properties, name: str) -> tuple[str, ...]:
    return texts_of(given.get(name), given.place(name))
