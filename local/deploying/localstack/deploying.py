"""`deploy`: a whole stack, in the order in which one thing needs another."""

from collections.abc import Callable, Mapping

from local.deploying.changes import Change, Tell
from local.deploying.localstack.bucket import deploy_bucket, upload_zips
from local.deploying.localstack.functions import delete_function, deploy_function, wait_for
from local.deploying.localstack.layers import delete_layer, deploy_layer
from local.deploying.localstack.permissions import Permission, deploy_permissions, permissions_of
from local.deploying.localstack.queues import delete_queue, deploy_queue
from local.deploying.localstack.record import Resource, read_record, resources_of, write_record
from local.deploying.localstack.rest_apis import delete_api, deploy_api
from local.deploying.localstack.roles import delete_role, deploy_role
from local.deploying.localstack.schedules import delete_schedule, deploy_schedule
from local.deploying.localstack.site import Site
from local.deploying.wanted.model import Function, Layer, RestApi, Wanted

_DELETE: Mapping[str, Callable[[Site, str], None]] = {
    "schedule": delete_schedule,
    "REST API": delete_api,
    "function": delete_function,
    "queue": delete_queue,
    "layer": delete_layer,
    "role": delete_role,
}


def deploy(site: Site, wanted: Wanted, tell: Tell) -> dict[str, str]:
    """Make every resource as it is wanted. `tell` hears of each; returns the URL of each API by its logical id.

    Raises DeployError, and botocore's errors where a service refuses.
    """
    tell(deploy_bucket(site))
    tell(upload_zips(site, [*(one.zip for one in wanted.layers), *(one.zip for one in wanted.functions)]))
    former = read_record(site)
    _write(site, [*resources_of(wanted), *former])
    for role in wanted.roles:
        tell(deploy_role(site, role))
    arns = {layer.logical: _layer(site, layer, tell) for layer in wanted.layers}
    for queue in wanted.queues:
        tell(deploy_queue(site, queue))
    _functions(site, wanted.functions, arns, tell)
    ids = {api.logical: _api(site, api, tell) for api in wanted.apis}
    for schedule in wanted.schedules:
        tell(deploy_schedule(site, schedule, wanted.function(schedule.function).arn))
    api_arns = {logical: site.names.arn("execute-api", api_id) for logical, api_id in ids.items()}
    for function in wanted.functions:
        _permissions(site, function, permissions_of(function, wanted, api_arns), tell)
    return {api.logical: api_url(site, api, ids[api.logical]) for api in wanted.apis}


def left_over(site: Site, wanted: Wanted) -> list[Resource]:
    """What the stack has and the template no longer wants, in the order in which it can be deleted."""
    kept = set(resources_of(wanted))
    order = list(_DELETE)
    former = dict.fromkeys(one for one in read_record(site) if one not in kept)
    return sorted(former, key=lambda resource: order.index(resource[0]))


def prune(site: Site, wanted: Wanted, tell: Tell) -> None:
    """Delete what is left over."""
    for kind, name in left_over(site, wanted):
        if site.acts:
            _DELETE[kind](site, name)
        tell(Change(kind, name, "deleted"))
    _write(site, resources_of(wanted))


def api_url(site: Site, api: RestApi, api_id: str) -> str:
    """Where the API answers, by a path of the endpoint: its own host names resolve only where DNS is reached.

    Source: "API Gateway" in the LocalStack documentation.
    """
    return f"{site.url.rstrip('/')}/_aws/execute-api/{api_id}/{api.stage}"


def _layer(site: Site, layer: Layer, tell: Tell) -> str:
    change, arn = deploy_layer(site, layer)
    tell(change)
    return arn


def _functions(site: Site, functions: tuple[Function, ...], layer_arns: Mapping[str, str], tell: Tell) -> None:
    """All of them, and then wait: Lambda prepares them side by side."""
    changed = []
    for function in functions:
        change = deploy_function(site, function, layer_arns)
        tell(change)
        if change.what != "unchanged":
            changed.append(function.name)
    if site.acts:
        wait_for(site, changed)


def _api(site: Site, api: RestApi, tell: Tell) -> str:
    changes, api_id = deploy_api(site, api)
    for change in changes:
        tell(change)
    return api_id


def _permissions(site: Site, function: Function, permissions: set[Permission], tell: Tell) -> None:
    """A function that nobody may invoke, and nobody could before, is no row."""
    change = deploy_permissions(site, function, permissions)
    if permissions or change.what != "unchanged":
        tell(change)


def _write(site: Site, resources: list[Resource]) -> None:
    if site.acts:
        write_record(site, dict.fromkeys(resources))
