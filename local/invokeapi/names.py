"""Which function a name means: a name, an ARN, a part of one, each with or without a qualifier.

Source: "FunctionName" on the Invoke page of the Lambda API reference, its name formats and its pattern.
"""

import re
from dataclasses import dataclass

from local.invokeapi.errors import invalid_parameter, not_found
from local.template import Function, Template
from local.template.arns import ACCOUNT_ID, REGION, function_arn

LATEST = "$LATEST"
_NAME_LENGTH_MAX = 64
_REGION = r"[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d"
_FORM = re.compile(
    rf"(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>{_REGION}):)?(?:(?P<account>\d{{12}}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9_.-]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class NamedFunction:
    """A function of the template with the names that the API gives it."""

    function: Function

    @property
    def name(self) -> str:
        """`FunctionName`, or the logical id of a function that has none."""
        return self.function.function_name or self.function.name

    @property
    def arn(self) -> str:
        """Without a qualifier."""
        return function_arn(self.name)


def find_function(template: Template, told: str, qualifier: str = "") -> NamedFunction:
    """The function meant. `qualifier` is the query's; only `$LATEST` exists.

    Raises LambdaApiError: no such name, another account or region, another version, or no name at all.
    """
    form = _FORM.fullmatch(told)
    if form is None or len(form["name"]) > _NAME_LENGTH_MAX:
        raise invalid_parameter(
            f"1 validation error detected: Value '{told}' at 'functionName' failed to satisfy constraint: "
            "it must be a function's name, its ARN, or account-id:function:name"
        )
    if qualifier and form["qualifier"] and qualifier != form["qualifier"]:
        raise invalid_parameter("The derived qualifier from the function name does not match the specified qualifier.")
    wanted = qualifier or form["qualifier"] or LATEST
    found = _by_name(template, form["name"])
    elsewhere = form["account"] not in (None, ACCOUNT_ID) or form["region"] not in (None, REGION)
    if found is None or elsewhere or wanted != LATEST:
        raise not_found(f"Function not found: {_meant(form, wanted)}")
    return found


def _by_name(template: Template, name: str) -> NamedFunction | None:
    for function in template.functions:
        if name in (function.name, function.function_name):
            return NamedFunction(function)
    return None


def _meant(form: re.Match[str], wanted: str) -> str:
    """The ARN of what was asked for, as Lambda tells it."""
    region, account = form["region"] or REGION, form["account"] or ACCOUNT_ID
    suffix = "" if wanted == LATEST else f":{wanted}"
    return f"arn:aws:lambda:{region}:{account}:function:{form['name']}{suffix}"
