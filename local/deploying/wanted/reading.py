"""`read_wanted`: from a build to the resources that it wants."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from local.deploying.wanted.apis import left_out_of as left_out_of_api
from local.deploying.wanted.apis import read_apis
from local.deploying.wanted.functions import left_out_of as left_out_of_function
from local.deploying.wanted.functions import read_function, read_layer, read_schedules
from local.deploying.wanted.model import Document, Role, Wanted
from local.deploying.wanted.named import Named
from local.deploying.wanted.names import Names
from local.deploying.wanted.policies import POLICY, attached_policies, read_role, role_of
from local.deploying.wanted.queues import TYPE as QUEUE
from local.deploying.wanted.queues import read_queue
from local.deploying.zips import Build
from local.template import Template, TemplateError
from local.template.known import FUNCTION, KNOWN, LAYER
from local.template.properties import Properties
from local.template.reader import Reading, read_template

_MADE = frozenset({*KNOWN, QUEUE, POLICY})


def read_wanted(build: Build, values: Mapping[str, str], names: Names, endpoint: str) -> Wanted:
    """What the build's template comes to. `endpoint` is where queues have their URLs.

    Raises DeployError, or TemplateError with every problem of the template.
    """
    named = Named(build, values, names, endpoint)
    reading = _read(named.template(), build.template.name, values)
    template, functions, layers = reading.template, _of_type(reading, FUNCTION), _of_type(reading, LAYER)
    arns = {logical: named.function_arn(logical) for logical in functions}
    return Wanted(
        roles=_roles(functions, named, names),
        layers=tuple(read_layer(logical, given, build.zips, named, names) for logical, given in layers.items()),
        queues=tuple(
            read_queue(name, named.queue_url(logical), named.properties(logical), logical)
            for logical, name in named.queues.items()
        ),
        functions=tuple(
            read_function(one, functions[one.name], build.zips, named, names) for one in template.functions
        ),
        apis=read_apis(template, arns, names),
        schedules=tuple(one for function in template.functions for one in read_schedules(function, names)),
        polled=tuple(one.name for one in template.functions if one.mapping is not None),
        left_out=tuple(_left_out(template, named)),
    )


def _of_type(reading: Reading, kind: str) -> dict[str, Properties]:
    return {logical: given for logical, (one, given) in reading.properties.items() if one == kind}


def _roles(functions: Mapping[str, Properties], named: Named, names: Names) -> tuple[Role, ...]:
    attached = _attached(named)
    return tuple(
        read_role(logical, given.get("Policies"), attached.get(names.of(role_of(logical)), {}), names)
        for logical, given in functions.items()
        if not given.get("Role")
    )


def _attached(named: Named) -> dict[str, dict[str, Document]]:
    """By role and by name: the policies that resources of their own give to roles."""
    found: dict[str, dict[str, Document]] = {}
    for logical in named.of_type(POLICY):
        roles, name, document = attached_policies(named.properties(logical), logical)
        for role in roles:
            found.setdefault(role, {})[name] = document
    return found


def _left_out(template: Template, named: Named) -> list[str]:
    resources = [f"{logical} ({kind})" for logical, kind in named.kinds().items() if kind not in _MADE]
    events = [one for one in template.not_emulated if ".Events." in one]
    timers = [one for function in template.functions for one in left_out_of_function(function)]
    return [*resources, *events, *timers, *(one for api in template.apis.values() for one in left_out_of_api(api))]


def _read(document: Mapping[str, object], name: str, values: Mapping[str, str]) -> Reading:
    with TemporaryDirectory() as folder:
        # References to parameters stand in it and no values: nothing secret is written.
        path = Path(folder, name)
        path.write_text(json.dumps(document), "utf-8")
        reading = read_template(path, values, leave_out_events=True)
    if reading.problems:
        raise TemplateError("; ".join(map(str, reading.problems)))
    return reading
