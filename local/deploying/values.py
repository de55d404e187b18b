"""The values of the template's parameters: from the command, a file, the environment. They are kept nowhere."""

import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from local.deploying.errors import DeployError
from local.serving.variables import Parameter

MASK = "****"


def parameter_values(
    parameters: Collection[Parameter],
    options: Iterable[str],
    file: Path | None,
    environment: Mapping[str, str],
    known: Collection[str] = (),
) -> dict[str, str]:
    """The values by parameter: `Name=Value` options before the file, the file before the environment.

    The environment is asked only for what has no default and is not in `known` (what the stack has already): a
    variable that happens to be set there changes nothing that works without it. Raises DeployError for what is not
    declared, and, all in one, for what is missing.
    """
    from_options = _pairs(options)
    from_file = _read(file, parameters) if file else {}
    given = from_file | from_options
    _refuse_undeclared(given, parameters)
    needed = [one for one in parameters if one.default is None and one.name not in given and one.name not in known]
    found = {one.name: environment[one.variable] for one in needed if environment.get(one.variable)}
    missing = [one for one in needed if one.name not in found]
    if missing:
        names = ", ".join(f"{one.name} ({one.variable})" for one in missing)
        raise DeployError(
            f"parameters without a value: {names}; give each by --param Name=Value, in a --param-file, "
            "or as the environment variable in parentheses"
        )
    return given | found


def masked(text: str, parameters: Iterable[Parameter], values: Mapping[str, str]) -> str:
    """The text without the values of `NoEcho` parameters: a service's refusal may repeat what it was given."""
    secrets = [values[one.name] for one in parameters if one.is_secret and values.get(one.name)]
    for secret in sorted(secrets, key=len, reverse=True):  # one may be part of another
        text = text.replace(secret, MASK)
    return text


def _pairs(options: Iterable[str]) -> dict[str, str]:
    pairs = [option.partition("=") for option in options]
    for name, separator, _ in pairs:
        if not separator or not name:
            # The text may be a secret whose name was forgotten: it is not repeated.
            raise DeployError("--param needs Name=Value, such as --param MailFrom=claims@example.com")
    return {name: value for name, _, value in pairs}


def _refuse_undeclared(given: Iterable[str], parameters: Collection[Parameter]) -> None:
    declared = {one.name for one in parameters}
    unknown = sorted(set(given) - declared)
    if unknown:
        raise DeployError(f"the template has no parameter {', '.join(unknown)}; it has: {', '.join(sorted(declared))}")


def _read(file: Path, parameters: Collection[Parameter]) -> dict[str, str]:
    """A JSON object by parameter, or lines `Name=Value` where `NAME` in capitals counts too, as in `.env` files."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DeployError(f"--param-file {file} cannot be read ({type(error).__name__})") from error
    if text.lstrip().startswith("{"):
        return _from_json(text, file)
    return _from_lines(text, file, {one.variable: one.name for one in parameters})


def _from_json(text: str, file: Path) -> dict[str, str]:
    try:
        values = json.loads(text)
    except ValueError:
        # Not chained: the decoder's error carries the whole text, and so the secrets in it.
        raise DeployError(f"--param-file {file} is not JSON") from None
    if not all(isinstance(value, str | int | float) for value in values.values()):
        raise DeployError(f"--param-file {file}: each value is a text or a number")
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}


def _from_lines(text: str, file: Path, names: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip().removeprefix("export ").strip()
        if not stripped or stripped.startswith("#"):
            continue
        name, separator, value = (part.strip() for part in stripped.partition("="))
        if not separator:
            raise DeployError(f"--param-file {file}, line {number}: Name=Value is needed")
        values[names.get(name, name)] = _unquoted(value)
    return values


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
