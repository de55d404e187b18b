"""Functions: code, configuration, reserved concurrency."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import WaiterError  # type: ignore[import-untyped]

from local.deploying.changes import Change, change_of
from local.deploying.errors import DeployError
from local.deploying.localstack.lookups import found
from local.deploying.localstack.site import Site
from local.deploying.wanted.model import Function

_WAIT = {"Delay": 1, "MaxAttempts": 300}
CODE, ARCHITECTURE, CONCURRENCY = "code", "Architectures", "ReservedConcurrentExecutions"


def deploy_function(site: Site, function: Function, layer_arns: Mapping[str, str]) -> Change:
    """Make it, or change what differs. `layer_arns` has the version of each of the template's layers."""
    there = found(site.functions.get_function, FunctionName=function.name)
    wanted = _configuration(function, layer_arns)
    differences = _differences(function, wanted, there) if there else []
    if site.acts and there is None:
        _create(site, function, wanted)
    elif site.acts and differences:
        _update(site, function, wanted, differences)
    return change_of("function", function.name, differences, exists=there is not None)


def wait_for(site: Site, names: Iterable[str]) -> None:
    """Wait until they can be invoked. Raises DeployError with Lambda's reason for one that cannot."""
    for name in names:
        try:
            site.functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=_WAIT)
            _wait_until_updated(site, name)
        except WaiterError as error:
            raise DeployError(f"{name} cannot be invoked: {_reason(site, name)}") from error


def delete_function(site: Site, name: str) -> None:
    """Delete it with its permissions."""
    site.functions.delete_function(FunctionName=name)


def _reason(site: Site, name: str) -> str:
    told = site.functions.get_function_configuration(FunctionName=name)
    reasons = (told.get("StateReason"), told.get("LastUpdateStatusReason"))
    return next((reason for reason in reasons if reason), f"it stays {told.get('State', 'as it is')}")


def _configuration(function: Function, layer_arns: Mapping[str, str]) -> dict[str, Any]:
    """As Lambda's calls name it. Layers of others stand in the template by their ARN."""
    return {
        "Description": function.description,
        "Environment": {"Variables": dict(function.environment)},
        "Handler": function.handler,
        "Layers": [layer_arns.get(layer, layer) for layer in function.layers],
        "MemorySize": function.memory_mb,
        "Role": function.role_arn,
        "Runtime": function.runtime,
        "Timeout": function.timeout_s,
    }


def _differences(function: Function, wanted: Mapping[str, Any], there: Mapping[str, Any]) -> list[str]:
    told = there["Configuration"]
    found_there = {name: told.get(name) for name in wanted} | {
        "Description": told.get("Description", ""),
        "Environment": {"Variables": told.get("Environment", {}).get("Variables", {})},
        "Layers": [layer["Arn"] for layer in told.get("Layers") or ()],
    }
    others = {
        CODE: told["CodeSha256"] != function.zip.code_sha256,
        ARCHITECTURE: told.get("Architectures", [function.architecture]) != [function.architecture],
        CONCURRENCY: there.get("Concurrency", {}).get(CONCURRENCY) != function.concurrency_max,
    }
    differing = [name for name, value in wanted.items() if found_there[name] != value]
    return [*(name for name, differs in others.items() if differs), *differing]


def _create(site: Site, function: Function, configuration: Mapping[str, Any]) -> None:
    site.functions.create_function(
        FunctionName=function.name,
        Code=_code(site, function),
        Architectures=[function.architecture],
        PackageType="Zip",
        **configuration,
    )
    if function.concurrency_max is not None:
        _put_concurrency(site, function)


def _update(site: Site, function: Function, configuration: Mapping[str, Any], differences: list[str]) -> None:
    if CODE in differences or ARCHITECTURE in differences:
        code = _code(site, function)
        site.functions.update_function_code(FunctionName=function.name, Architectures=[function.architecture], **code)
        _wait_until_updated(site, function.name)  # Lambda refuses a change while it makes another
    changed = {name: configuration[name] for name in differences if name in configuration}
    if changed:
        site.functions.update_function_configuration(FunctionName=function.name, **changed)
    if CONCURRENCY in differences:
        _put_concurrency(site, function)


def _put_concurrency(site: Site, function: Function) -> None:
    if function.concurrency_max is None:
        site.functions.delete_function_concurrency(FunctionName=function.name)
        return
    site.functions.put_function_concurrency(
        FunctionName=function.name, ReservedConcurrentExecutions=function.concurrency_max
    )


def _code(site: Site, function: Function) -> dict[str, str]:
    return {"S3Bucket": site.names.bucket, "S3Key": function.zip.file}


def _wait_until_updated(site: Site, name: str) -> None:
    site.functions.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig=_WAIT)
