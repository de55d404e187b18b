"""References to what has a name of its own once it is deployed, replaced by that name.

The resolver of `local.template` knows what everything is called on a laptop. What is called otherwise at an endpoint is
put in its place first; parameters, conditions and mappings are left to that resolver.
"""

import re
from collections.abc import Callable, Collection, Mapping

from local.deploying.errors import DeployError
from local.template.intrinsics import is_intrinsic

_PLACEHOLDER = re.compile(r"\$\{\s*([^!}][^}]*?)\s*\}")


class References:
    """Replaces references. `known` has texts by what is referred to: `F`, `F.Arn`, `AWS::Region`."""

    def __init__(self, known: Mapping[str, str], resources: Collection[str], holds: Callable[[str, str], bool]) -> None:
        self._known = known
        self._resources = resources
        self._holds = holds

    def replace(self, value: object, where: str) -> object:
        """The value with them replaced. `where` is its place, for errors.

        Raises DeployError for a reference to a resource whose name nobody knows beforehand, or that is not deployed.
        """
        if isinstance(value, list):
            return [self.replace(item, where) for item in value]
        if not isinstance(value, dict):
            return value
        if is_intrinsic(value):
            ((name, argument),) = value.items()
            return self._intrinsic(str(name), argument, where)
        return {key: self.replace(item, f"{where}.{key}") for key, item in value.items()}

    def _intrinsic(self, name: str, argument: object, where: str) -> object:
        match name, argument:
            case "Ref", str():
                return self._text(argument, {name: argument}, where)
            case "Fn::GetAtt", [str() as resource, str() as attribute]:
                return self._text(f"{resource}.{attribute}", {name: argument}, where)
            case "Fn::Sub", str():
                return self._sub(argument, {}, where)
            case "Fn::Sub", [str() as text, dict() as variables]:
                return self._sub(text, variables, where)
            case "Fn::If", [str() as condition, then, otherwise]:
                # Only the branch that is taken: the other may name a resource that is not there.
                return self.replace(then if self._holds(condition, where) else otherwise, where)
            case _:
                return {name: self.replace(argument, where)}

    def _text(self, reference: str, unchanged: object, where: str) -> object:
        if reference in self._known:
            return self._known[reference]
        self._refuse(reference, where)
        return unchanged

    def _sub(self, text: str, variables: Mapping[str, object], where: str) -> object:
        given = {str(name): self.replace(item, where) for name, item in variables.items()}
        named = {name for name in _PLACEHOLDER.findall(text) if name not in given}
        for name in named - set(self._known):
            self._refuse(name, where)
        return {"Fn::Sub": [text, given | {name: self._known[name] for name in named & set(self._known)}]}

    def _refuse(self, reference: str, where: str) -> None:
        if reference.partition(".")[0] in self._resources:
            raise DeployError(
                f"{where}: {reference} is known only to CloudFormation; deploy with --target aws, or use a parameter"
            )
