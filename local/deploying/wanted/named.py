"""A build's template with every resource under the name that it gets, and everything that refers to it."""

from collections.abc import Mapping
from typing import Any

from local.deploying.wanted.names import Names
from local.deploying.wanted.policies import role_of
from local.deploying.wanted.queues import TYPE as QUEUE
from local.deploying.wanted.queues import queue_name, queue_url
from local.deploying.wanted.references import References
from local.deploying.zips import CODE, Build
from local.template.intrinsics import Resolver
from local.template.known import FUNCTION, LAYER
from local.template.parameters import Parameters
from local.template.shapes import mapping_of, text_of

# What is read by logical ids, and so keeps them.
_BY_LOGICAL_ID = frozenset({"Events", "Layers"})


class Named:
    """The names are by logical id. `endpoint` is where queues have their URLs. Raises DeployError, TemplateError."""

    def __init__(self, build: Build, values: Mapping[str, str], names: Names, endpoint: str) -> None:
        resources = mapping_of(build.document.get("Resources"), "Resources")
        parameters = Parameters(mapping_of(build.document.get("Parameters"), "Parameters"), values)
        self._document = build.document
        self._bodies = {name: mapping_of(body, name) for name, body in resources.items()}
        self._resolver = Resolver(build.document, parameters)
        self._names = names
        self._endpoint = endpoint
        self._references = References(names.pseudo, (), self._resolver.holds)
        self.functions = self._given_names(FUNCTION, "FunctionName")
        self.layers = self._given_names(LAYER, "LayerName")
        self.queues = {name: queue_name(name, self.properties(name), names) for name in self.of_type(QUEUE)}
        self._references = References(self._known(), set(self._bodies) - set(self.layers), self._resolver.holds)

    def of_type(self, kind: str) -> list[str]:
        """The resources of that type whose condition holds."""
        return [name for name, one in self.kinds().items() if one == kind]

    def kinds(self) -> dict[str, object]:
        """The type of each resource whose condition holds."""
        return {name: body.get("Type") for name, body in self._bodies.items() if self._is_wanted(name, body)}

    def properties(self, logical: str) -> dict[str, Any]:
        """The properties of a resource, resolved."""
        where = f"{logical}.Properties"
        given = self._references.replace(mapping_of(self._bodies[logical].get("Properties"), where), where)
        return mapping_of(self._resolver.resolve(given, where), where)

    def function_arn(self, logical: str) -> str:
        """The ARN of a function of the template."""
        return self._names.arn("lambda", f"function:{self.functions[logical]}")

    def queue_url(self, logical: str) -> str:
        """The URL of a queue of the template."""
        return queue_url(self.queues[logical], self._endpoint, self._names)

    def template(self) -> dict[str, object]:
        """The template as `local.template` reads it: without the zips, and with what functions refer to replaced."""
        common = mapping_of(self._document.get("Globals"), "Globals")
        functions = self._replaced(mapping_of(common.get("Function"), "Globals.Function"), "Globals.Function")
        named = {name: self._named(name, body) for name, body in self._bodies.items()}
        return {**self._document, "Globals": {**common, "Function": functions}, "Resources": named}

    def _named(self, name: str, body: Mapping[str, object]) -> Mapping[str, object]:
        if body.get("Type") not in CODE or not self._is_wanted(name, body):
            return body
        where = f"{name}.Properties"
        return {**body, "Properties": self._replaced(mapping_of(body.get("Properties"), where), where)}

    def _replaced(self, properties: Mapping[str, object], where: str) -> dict[str, object]:
        return {
            key: value if key in _BY_LOGICAL_ID else self._references.replace(value, f"{where}.{key}")
            for key, value in properties.items()
            if key not in CODE.values()
        }

    def _known(self) -> dict[str, str]:
        """What references become, for all that has a name before it is made."""
        known = self._names.pseudo
        for logical, name in self.functions.items():
            role = self._names.of(role_of(logical))
            known |= {logical: name, f"{logical}.Arn": self.function_arn(logical)}
            known |= {role_of(logical): role, f"{role_of(logical)}.Arn": self._names.role_arn(role)}
        for logical, name in self.queues.items():
            arn = self._names.arn("sqs", name)
            known |= {logical: self.queue_url(logical), f"{logical}.Arn": arn, f"{logical}.QueueName": name}
        return known

    def _given_names(self, kind: str, property_name: str) -> dict[str, str]:
        names = {}
        for logical in self.of_type(kind):
            where = f"{logical}.Properties.{property_name}"
            given = mapping_of(self._bodies[logical].get("Properties"), logical).get(property_name, "")
            resolved = self._resolver.resolve(self._references.replace(given, where), where)
            names[logical] = self._names.of(logical, text_of(resolved, where))
        return names

    def _is_wanted(self, name: str, body: Mapping[str, object]) -> bool:
        condition = body.get("Condition")
        return condition is None or self._resolver.holds(text_of(condition, name), name)
