"""A template's `Parameters`: declared, given, defaulted, checked. A value is asked for only when something needs it."""

import re
from collections.abc import Mapping

from local.template.model import TemplateError
from local.template.shapes import mapping_of, text_of, truth_of

TYPES = ("String", "Number", "CommaDelimitedList", "List<Number>")
# `AWS::EC2::VPC::Id` and `List<AWS::EC2::Subnet::Id>`: texts that only the cloud could check. Not a parameter that
# names another one of Systems Manager, whose value only the cloud knows.
_IDS = re.compile(r"AWS::(?!SSM::)[\w:]+|List<AWS::(?!SSM::)[\w:]+>|List<String>")


class Parameters:
    """The declared parameters, and the values given for them.

    A given name that is not declared is left alone: the emulator gives the URLs of its servers to every template, and
    one that is not ours asks for none of them.
    """

    def __init__(self, declared: Mapping[str, object], given: Mapping[str, str]) -> None:
        self._declared = {name: mapping_of(body, f"Parameters.{name}") for name, body in declared.items()}
        self._given = given

    def __contains__(self, name: str) -> bool:
        return name in self._declared

    def value(self, name: str, needed_by: str) -> str | list[str]:
        """The parameter's value as text, or a list of texts. Raises TemplateError where it has none or a wrong one."""
        declaration = self._declared[name]
        kind = text_of(declaration.get("Type", "String"), f"Parameters.{name}.Type")
        if kind not in TYPES and not _IDS.fullmatch(kind):
            raise TemplateError(f"Parameters.{name}.Type: {kind} is not supported by the emulator")
        if name not in self._given and "Default" not in declaration:
            raise TemplateError(
                f"Parameters.{name}: no value was given and it has no Default, but {needed_by} needs it"
            )
        text = (
            self._given[name] if name in self._given else text_of(declaration["Default"], f"Parameters.{name}.Default")
        )
        is_list = kind == "CommaDelimitedList" or kind.startswith("List<")
        parts = [part.strip() for part in text.split(",")] if is_list else [text]
        for part in parts:
            _check(name, declaration, part, number="Number" in kind)
        return parts if is_list else text


def _check(name: str, declaration: Mapping[str, object], value: str, *, number: bool) -> None:
    where = f"Parameters.{name}"
    shown = "its value" if truth_of(declaration.get("NoEcho"), where) else repr(value)
    allowed = declaration.get("AllowedValues")
    if isinstance(allowed, list) and value not in [text_of(one, where) for one in allowed]:
        raise TemplateError(f"{where}: {shown} is not one of its AllowedValues")
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and not _matches(text_of(pattern, where), value, where):
        raise TemplateError(f"{where}: {shown} does not match its AllowedPattern")
    if number:
        _check_bounds(where, _number(where, value), declaration, "MinValue", "MaxValue")
    else:
        _check_bounds(where, len(value), declaration, "MinLength", "MaxLength")


def _matches(pattern: str, value: str, where: str) -> bool:
    try:
        return re.fullmatch(pattern, value) is not None
    except re.error as error:
        raise TemplateError(f"{where}: its AllowedPattern is no regular expression: {error}") from error


def _check_bounds(where: str, size: float, declaration: Mapping[str, object], least: str, most: str) -> None:
    if least in declaration and size < _number(where, declaration[least]):
        raise TemplateError(f"{where}: below its {least} of {declaration[least]}")
    if most in declaration and size > _number(where, declaration[most]):
        raise TemplateError(f"{where}: above its {most} of {declaration[most]}")


def _number(where: str, value: object) -> float:
    try:
        return float(text_of(value, where))
    except ValueError as error:
        raise TemplateError(f"{where}: {value!r} is not a number") from error
