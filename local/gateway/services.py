"""The services that the gateway leads to, from the template and the ports that the supervisor gave."""

from collections.abc import Mapping
from dataclasses import dataclass

from local.template import Function, Template, TemplateError


@dataclass(frozen=True, slots=True)
class Service:
    """One service with an HTTP side."""

    name: str
    base_path: str
    port: int
    description: str
    paths: frozenset[str]
    """Its paths for GET, base path included: what the page can link to."""


def read_services(template: Template, ports: Mapping[str, int]) -> dict[str, Service]:
    """The services by name. Raises TemplateError where one with routes has no port."""
    services: dict[str, Service] = {}
    for function in template.functions:
        if function.routes:
            known = services.get(function.service)
            services[function.service] = _service(function, ports, known.paths if known else frozenset())
    return services


def _service(function: Function, ports: Mapping[str, int], paths: frozenset[str]) -> Service:
    port = ports.get(function.service, function.port)
    if port is None:
        raise TemplateError(f"{function.name}: RECOURS_PORTS has no port for the service {function.service}")
    readable = {route.path for route in function.routes if route.method in ("GET", "ANY")}
    return Service(function.service, function.base_path, port, function.description, paths | readable)
