"""The template as CloudFormation gets it."""

import json
from collections.abc import Mapping
from typing import Any

from local.deploying.zips import CODE, Build
from local.template.shapes import mapping_of


def uploaded_template(build: Build, locations: Mapping[str, str]) -> str:
    """The build's template with the zips' URIs (by logical id) in place of their files; as JSON, which it takes too."""
    resources = mapping_of(build.document.get("Resources"), "Resources")
    moved = {name: _moved(mapping_of(body, name), locations.get(name)) for name, body in resources.items()}
    return json.dumps({**build.document, "Resources": moved}, indent=1, ensure_ascii=False)


def _moved(body: dict[str, Any], location: str | None) -> dict[str, Any]:
    if location is None:
        return body
    properties = {**body.get("Properties", {}), CODE[body["Type"]]: location}
    return {**body, "Properties": properties}
