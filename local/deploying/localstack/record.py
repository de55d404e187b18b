"""Which resources a stack has: an object in its bucket, so that what leaves the template can be found again.

Names alone stand in it. It is written before anything is made and again at the end: what a deployment that broke off
made is known too.
"""

import json
from collections.abc import Iterable
from typing import TypeAlias

from local.deploying.localstack.lookups import found
from local.deploying.localstack.site import Site
from local.deploying.wanted.model import Wanted

Resource: TypeAlias = tuple[str, str]
"""Kind and name, as in the report."""


def resources_of(wanted: Wanted) -> list[Resource]:
    """What a template wants, the last first: in the order in which it can be deleted."""
    groups = {
        "schedule": wanted.schedules,
        "REST API": wanted.apis,
        "function": wanted.functions,
        "queue": wanted.queues,
        "layer": wanted.layers,
        "role": wanted.roles,
    }
    return [(kind, one.name) for kind, group in groups.items() for one in group]  # type: ignore[attr-defined]


def read_record(site: Site) -> list[Resource]:
    """What the stack was given so far; nothing where it is new."""
    answer = found(site.buckets.get_object, Bucket=site.names.bucket, Key=_key(site))
    if answer is None:
        return []
    told: list[list[str]] = json.loads(answer["Body"].read())["resources"]
    return [(kind, name) for kind, name in told]


def write_record(site: Site, resources: Iterable[Resource]) -> None:
    """Keep what the stack has from now on."""
    body = json.dumps({"resources": list(resources)}, indent=2).encode()
    site.buckets.put_object(Bucket=site.names.bucket, Key=_key(site), Body=body)


def _key(site: Site) -> str:
    return f"stacks/{site.names.stack}.json"
