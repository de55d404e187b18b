"""CloudFormation's intrinsic functions, resolved for a laptop.

Source: the intrinsic function reference of the CloudFormation user guide. What only the cloud could answer
(`ImportValue`, `GetAZs`, an attribute of a resource that is not here) is refused by name.
"""

import re
from collections.abc import Callable, Mapping

from local.template.arns import ACCOUNT_ID, REGION, arn_of, function_arn
from local.template.model import TemplateError
from local.template.parameters import Parameters
from local.template.shapes import list_of, mapping_of, text_of

__all__ = ["ACCOUNT_ID", "NO_VALUE", "REGION", "Resolver", "function_arn", "is_intrinsic"]

# What SAM adds to a template whose events name no API.
IMPLICIT = frozenset({"ServerlessHttpApi", "ServerlessRestApi"})
FUNCTION = "AWS::Serverless::Function"
PSEUDO = {
    "AWS::AccountId": ACCOUNT_ID,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/recours/local",
    "AWS::StackName": "recours",
    "AWS::URLSuffix": "amazonaws.com",
}
_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


class _NoValue:
    """What `!Ref AWS::NoValue` leaves: the property goes as if it had never been written."""


NO_VALUE = _NoValue()


class Resolver:
    """Replaces intrinsic functions by values. `where` in every method is the property's path, for the error."""

    def __init__(self, document: Mapping[str, object], parameters: Parameters) -> None:
        self._resources = mapping_of(document.get("Resources"), "Resources")
        self._mappings = mapping_of(document.get("Mappings"), "Mappings")
        self._conditions = mapping_of(document.get("Conditions"), "Conditions")
        self._parameters = parameters
        self._deciding: list[str] = []
        """The conditions whose truth is being looked for, each because of the one before."""
        self._functions: dict[str, Callable[[object, str], object]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": self._if,
            "Fn::Equals": self._equals,
            "Fn::And": lambda value, where: all(self._truths(value, where)),
            "Fn::Or": lambda value, where: any(self._truths(value, where)),
            "Fn::Not": lambda value, where: not self._truths(value, where)[0],
        }

    def resolve(self, value: object, where: str) -> object:
        """The value with every intrinsic function in it resolved. Raises TemplateError for one that cannot be."""
        if isinstance(value, list):
            resolved = [self.resolve(item, f"{where}[{place}]") for place, item in enumerate(value)]
            return [item for item in resolved if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if is_intrinsic(value):
            ((name, argument),) = value.items()
            return self._call(str(name), argument, where)
        items = {key: self.resolve(item, f"{where}.{key}") for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not NO_VALUE}

    def holds(self, condition: str, where: str) -> bool:
        """Whether a named condition of the template is true."""
        if condition not in self._conditions:
            raise TemplateError(f"{where}: the template has no condition {condition}")
        if condition in self._deciding:
            raise TemplateError(f"{where}: the condition {condition} depends on itself")
        self._deciding.append(condition)
        try:
            return self._truth(self._conditions[condition], f"Conditions.{condition}")
        finally:
            self._deciding.pop()

    def _call(self, name: str, argument: object, where: str) -> object:
        if name == "Condition":
            return self.holds(text_of(argument, where), where)
        if name not in self._functions:
            raise TemplateError(f"{where}: {name} is not supported by the emulator")
        return self._functions[name](argument, where)

    def _ref(self, value: object, where: str) -> object:
        name = text_of(value, where)
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self._parameters:
            return self._parameters.value(name, where)
        if name in self._resources or name in IMPLICIT:
            return name
        if "." in name:
            return self._get_att(name, where)
        raise TemplateError(f"{where}: !Ref {name} names neither a parameter nor a resource")

    def _sub(self, value: object, where: str) -> object:
        template, given = self._arguments(value, where, 2) if isinstance(value, list) else (value, {})
        variables = mapping_of(given, where)

        def replace(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in variables:
                return text_of(self.resolve(variables[name], where), where)
            found = self._get_att(name.split(".", 1), where) if "." in name else self._ref(name, where)
            return text_of(found, where)

        return _PLACEHOLDER.sub(replace, text_of(template, where))

    def _get_att(self, value: object, where: str) -> object:
        parts = value.split(".", 1) if isinstance(value, str) else value
        name, attribute = (text_of(self.resolve(part, where), where) for part in self._arguments(parts, where, 2))
        kind = self._type(name)
        if kind is None:
            raise TemplateError(f"{where}: !GetAtt {name}.{attribute} names no resource")
        # SAM's own references to what AutoPublishAlias makes are one with the function here, which has one version.
        if attribute in ("Arn", "TopicArn") or (kind == FUNCTION and attribute in ("Alias", "Version")):
            return arn_of(kind, name)
        raise TemplateError(
            f"{where}: !GetAtt {name}.{attribute} is not supported by the emulator, which has no {kind}"
            if kind != FUNCTION
            else f"{where}: !GetAtt {name}.{attribute} is not supported by the emulator"
        )

    def _type(self, name: str) -> str | None:
        """A resource's type, or None where there is no such resource."""
        body = self._resources.get(name)
        kind = body.get("Type") if isinstance(body, dict) else None
        return kind if isinstance(kind, str) else None

    def _join(self, value: object, where: str) -> object:
        separator, parts = self._arguments(value, where, 2)
        texts = [text_of(part, where) for part in list_of(self.resolve(parts, where), where)]
        return text_of(separator, where).join(texts)

    def _split(self, value: object, where: str) -> object:
        separator, text = self._arguments(value, where, 2)
        if separator == "":
            raise TemplateError(f"{where}: !Split needs a separator")
        return text_of(self.resolve(text, where), where).split(text_of(separator, where))

    def _select(self, value: object, where: str) -> object:
        index, items = self._arguments(value, where, 2)
        resolved = list_of(self.resolve(items, where), where)
        place = text_of(self.resolve(index, where), where)
        if not place.isdigit() or int(place) >= len(resolved):
            raise TemplateError(f"{where}: !Select {place} of a list of {len(resolved)}")
        return resolved[int(place)]

    def _find_in_map(self, value: object, where: str) -> object:
        keys = [text_of(self.resolve(key, where), where) for key in self._arguments(value, where, 3)]
        found: object = self._mappings
        for key in keys:
            if not isinstance(found, dict) or key not in found:
                raise TemplateError(f"{where}: !FindInMap {'.'.join(keys)} is not in Mappings")
            found = found[key]
        return found

    def _if(self, value: object, where: str) -> object:
        condition, then, otherwise = self._arguments(value, where, 3)
        return self.resolve(then if self.holds(text_of(condition, where), where) else otherwise, where)

    def _equals(self, value: object, where: str) -> bool:
        left, right = (self.resolve(side, where) for side in self._arguments(value, where, 2))
        return text_of(left, where) == text_of(right, where)

    def _truths(self, value: object, where: str) -> list[bool]:
        return [self._truth(item, where) for item in list_of(value, where)] or [False]

    def _truth(self, value: object, where: str) -> bool:
        truth = self.resolve(value, where)
        if not isinstance(truth, bool):
            raise TemplateError(f"{where}: a condition is needed")
        return truth

    @staticmethod
    def _arguments(value: object, where: str, count: int) -> list[object]:
        arguments = list_of(value, where)
        if len(arguments) != count:
            raise TemplateError(f"{where}: {count} arguments are needed, not {len(arguments)}")
        return arguments


def is_intrinsic(value: object) -> bool:
    """Whether a YAML value is an intrinsic function in its long form: one key, `Ref`, `Condition` or `Fn::…`."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    key = str(next(iter(value)))
    return key in ("Ref", "Condition") or key.startswith("Fn::")
