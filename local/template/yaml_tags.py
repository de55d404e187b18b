"""CloudFormation's YAML: a short tag becomes its long form (`!Ref X` is `{"Ref": "X"}`), a repeated key is an error."""

from collections.abc import Hashable
from pathlib import Path

import yaml

from local.template.model import TemplateError

PREFIXED = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAtt",
    "GetAZs",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
]
PLAIN = ("Condition", "Ref")
VALUES_MAX = 100_000  # the largest template that CloudFormation takes has 1 MB
_UNFINISHED = -1

# The C parser reads our template in 15 ms instead of 100, and every environment reads it at its cold start.
_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CloudFormationLoader(_Base):  # type: ignore[misc,valid-type]
    """PyYAML's safe loader with CloudFormation's tags. A date stays the text that was written."""

    # CloudFormation knows no dates: 2012-10-17 without quotes is a policy's version, not a day.
    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        """As PyYAML, but the second of two equal keys is an error, where PyYAML would silently drop the first."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen and key.value != "<<":
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            seen.add(str(key.value))
        mapping: dict[Hashable, object] = super().construct_mapping(node, deep=deep)
        return mapping


def _long_form(key: str) -> object:
    def construct(loader: CloudFormationLoader, node: yaml.Node) -> dict[str, object]:
        if isinstance(node, yaml.ScalarNode):
            value: object = loader.construct_scalar(node)
            # `!GetAtt Resource.Attribute` is the one tag whose scalar stands for a list.
            return {key: str(value).split(".", 1)} if key == "Fn::GetAtt" else {key: value}
        if isinstance(node, yaml.SequenceNode):
            return {key: loader.construct_sequence(node, deep=True)}
        assert isinstance(node, yaml.MappingNode)
        return {key: loader.construct_mapping(node, deep=True)}

    return construct


for _name in PREFIXED:
    CloudFormationLoader.add_constructor(f"!{_name}", _long_form(f"Fn::{_name}"))
for _name in PLAIN:
    CloudFormationLoader.add_constructor(f"!{_name}", _long_form(_name))


def _count(value: object, counted: dict[int, int]) -> int:
    """The values in a value, those that an alias stands for counted each time. Raises TemplateError."""
    if not isinstance(value, dict | list):
        return 1
    known = counted.get(id(value))
    if known is None:
        counted[id(value)] = _UNFINISHED
        items = value.values() if isinstance(value, dict) else value
        known = counted[id(value)] = 1 + sum(_count(item, counted) for item in items)
    if known == _UNFINISHED:
        raise TemplateError("an alias stands inside of its own anchor")
    if known > VALUES_MAX:
        raise TemplateError(f"with its aliases it has more than {VALUES_MAX} values")
    return known


def read_yaml(path: Path) -> dict[str, object]:
    """The template as plain dicts and lists. Raises TemplateError with the line of what is not YAML."""
    try:
        written = path.read_bytes()
        document = yaml.load(written, CloudFormationLoader)  # noqa: S506  a SafeLoader underneath
        if b"&" in written and b"*" in written:
            _count(document, {})
    except OSError as error:
        raise TemplateError(f"{path}: {error.strerror or error}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{path.name}:{mark.line + 1}" if mark else path.name
        raise TemplateError(f"{where}: {error.problem or error.context}") from error
    except (yaml.YAMLError, UnicodeDecodeError, TemplateError) as error:
        raise TemplateError(f"{path.name}: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise TemplateError(f"{path.name}: nested too deeply") from error
    if not isinstance(document, dict):
        raise TemplateError(f"{path.name}: a template is a mapping with Resources")
    return document
