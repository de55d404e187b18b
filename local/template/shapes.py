"""Reading untyped YAML values: each function returns the type that it names, or says which property has another."""

from collections.abc import Collection, Iterable

from local.template.model import TemplateError


def mapping_of(value: object, where: str) -> dict[str, object]:
    """A mapping with text keys; a missing one (None) is empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TemplateError(f"{where}: a mapping is needed, not {_kind(value)}")
    return {str(key): item for key, item in value.items()}


def list_of(value: object, where: str) -> list[object]:
    """A list; a missing one (None) is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise TemplateError(f"{where}: a list is needed, not {_kind(value)}")
    return value


def text_of(value: object, where: str) -> str:
    """Text as CloudFormation writes a scalar: a number in digits, a boolean as `true` or `false`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise TemplateError(f"{where}: text is needed, not {_kind(value)}")


def texts_of(value: object, where: str) -> tuple[str, ...]:
    """A list of texts; a missing one (None) is empty, a text alone is a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(text_of(item, where) for item in list_of(value, where))


def truth_of(value: object, where: str) -> bool:
    """A boolean; the texts `true` and `false` count, as CloudFormation takes both. A missing one (None) is false."""
    text = "false" if value is None else text_of(value, where).lower()
    if text not in ("true", "false"):
        raise TemplateError(f"{where}: {value!r} is neither true nor false")
    return text == "true"


def number_of(value: object, where: str, *, least: int, most: int) -> int:
    """A whole number within its bounds; digits in quotes count, as CloudFormation takes both."""
    try:
        number = int(text_of(value, where))
    except ValueError as error:
        raise TemplateError(f"{where}: {value!r} is not a whole number") from error
    if not least <= number <= most:
        raise TemplateError(f"{where}: {number} is not between {least} and {most}")
    return number


def refuse_unknown(given: Iterable[str], known: Collection[str], where: str) -> None:
    """Refuse the first property that the emulator does not know: what it ignored would differ in the cloud."""
    for name in given:
        if name not in known:
            raise TemplateError(f"{where}.{name}: not supported by the emulator")


def _kind(value: object) -> str:
    names = {dict: "a mapping", list: "a list", str: "text", int: "a number", float: "a number", type(None): "nothing"}
    return names.get(type(value), type(value).__name__)
