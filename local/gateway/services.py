"""The services that the gateway leads to, from the template and the sockets that it listens on."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.template import Function, Template


@dataclass(frozen=True, slots=True)
class Service:
    """One service with an HTTP side. `port` is None where it has none of its own, beside the gateway's."""

    name: str
    base_path: str
    port: int | None
    description: str
    paths: frozenset[str]
    """Its paths for GET, base path included: what the page can link to."""


def read_services(template: Template, ports: Mapping[str, int]) -> dict[str, Service]:
    """The services by name; `ports` tells where those listen that have a port of their own."""
    services: dict[str, Service] = {}
    for function in template.functions:
        if function.routes:
            known = services.get(function.service)
            services[function.service] = _service(function, ports, known.paths if known else frozenset())
    return services


def _service(function: Function, ports: Mapping[str, int], paths: frozenset[str]) -> Service:
    readable = {route.path for route in function.routes if route.method in ("GET", "ANY")}
    port = ports.get(function.service)
    return Service(function.service, function.base_path, port, function.description, paths | readable)
