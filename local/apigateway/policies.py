"""An IAM policy as an authorizer answers with one: whether it lets a caller invoke a method.

Source: "Output from an API Gateway Lambda authorizer" in the API Gateway developer guide. An explicit Deny wins, and
what no statement allows is denied.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

KNOWN = frozenset({"Action", "Effect", "Resource", "Sid"})
INVOKE = "execute-api:invoke"


class PolicyError(Exception):
    """No policy that API Gateway could read, or one that says more than the emulator understands."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The patterns of the ARNs that may, and may not, be invoked."""

    allowed: tuple[re.Pattern[str], ...]
    denied: tuple[re.Pattern[str], ...]

    def allows(self, arn: str) -> bool:
        """Whether the method of that ARN may be invoked."""
        if any(pattern.fullmatch(arn) for pattern in self.denied):
            return False
        return any(pattern.fullmatch(arn) for pattern in self.allowed)


def read_policy(document: object) -> Policy:
    """Read a `policyDocument`. Raises PolicyError."""
    if not isinstance(document, Mapping):
        raise PolicyError("policyDocument is not an object")
    statements = document.get("Statement")
    allowed: list[re.Pattern[str]] = []
    denied: list[re.Pattern[str]] = []
    for statement in [statements] if isinstance(statements, Mapping) else _list(statements, "Statement"):
        effect, patterns = _read_statement(statement)
        (allowed if effect == "Allow" else denied).extend(patterns)
    return Policy(tuple(allowed), tuple(denied))


def _read_statement(statement: object) -> tuple[str, list[re.Pattern[str]]]:
    if not isinstance(statement, Mapping):
        raise PolicyError("a Statement is not an object")
    for name in statement:
        if name not in KNOWN:
            raise PolicyError(f"{name} in a Statement is not supported by the emulator")
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"Effect is {effect!r}, neither Allow nor Deny")
    actions, resources = (_texts(statement.get(name), name) for name in ("Action", "Resource"))
    if not any(_pattern(action.lower()).fullmatch(INVOKE) for action in actions):
        return str(effect), []
    return str(effect), [_pattern(resource) for resource in resources]


def _texts(value: object, name: str) -> list[str]:
    texts = [value] if isinstance(value, str) else _list(value, name)
    if not texts or not all(isinstance(text, str) for text in texts):
        raise PolicyError(f"{name} is neither a text nor a list of texts")
    return [str(text) for text in texts]


def _list(value: object, name: str) -> list[object]:
    if not isinstance(value, list):
        raise PolicyError(f"{name} is missing or no list")
    return value


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    """`*` stands for any characters, `/` and `:` among them, `?` for one."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(part, re.escape(part)) for part in re.split(r"([*?])", text)), re.DOTALL)
