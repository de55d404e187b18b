"""Layers: a version is published only where it differs from the newest one."""

from collections.abc import Mapping
from typing import Any

from local.deploying.changes import Change, change_of
from local.deploying.localstack.lookups import found
from local.deploying.localstack.site import Site
from local.deploying.wanted.model import Layer


def deploy_layer(site: Site, layer: Layer) -> tuple[Change, str]:
    """Publish it where it changed. Returns the ARN of the version to use, too; one that is not yet ends in `new`."""
    newest = _newest(site, layer.name)
    differences = _differences(layer, newest) if newest else []
    change = change_of("layer", layer.name, differences, exists=newest is not None)
    if newest is not None and not differences:
        return change, str(newest["LayerVersionArn"])
    return change, _publish(site, layer) if site.acts else f"{layer.arn}:new"


def delete_layer(site: Site, name: str) -> None:
    """Delete all of its versions."""
    for version in _versions(site, name):
        site.functions.delete_layer_version(LayerName=name, VersionNumber=version)


def _publish(site: Site, layer: Layer) -> str:
    limits = {"CompatibleRuntimes": layer.runtimes, "CompatibleArchitectures": layer.architectures}
    answer = site.functions.publish_layer_version(
        LayerName=layer.name,
        Description=layer.description,
        Content={"S3Bucket": site.names.bucket, "S3Key": layer.zip.file},
        **{name: list(values) for name, values in limits.items() if values},
    )
    return str(answer["LayerVersionArn"])


def _differences(layer: Layer, newest: Mapping[str, Any]) -> list[str]:
    parts = {
        "code": newest["Content"]["CodeSha256"] != layer.zip.code_sha256,
        "Description": newest.get("Description", "") != layer.description,
        "CompatibleRuntimes": set(newest.get("CompatibleRuntimes", ())) != set(layer.runtimes),
        "CompatibleArchitectures": set(newest.get("CompatibleArchitectures", ())) != set(layer.architectures),
    }
    return [name for name, differs in parts.items() if differs]


def _newest(site: Site, name: str) -> dict[str, Any] | None:
    versions = _versions(site, name)
    if not versions:
        return None
    return found(site.functions.get_layer_version, LayerName=name, VersionNumber=max(versions))


def _versions(site: Site, name: str) -> list[int]:
    versions: list[int] = []
    asked: dict[str, str] = {"LayerName": name}
    while answer := found(site.functions.list_layer_versions, **asked):
        versions += [one["Version"] for one in answer["LayerVersions"]]
        if not answer.get("NextMarker"):
            break
        asked["Marker"] = answer["NextMarker"]
    return versions
