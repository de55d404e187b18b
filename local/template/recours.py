"""`Metadata.Recours`: what SAM has no word for."""

from dataclasses import dataclass

from local.template.model import TemplateError
from local.template.problems import Problems
from local.template.properties import Properties
from local.template.shapes import number_of, refuse_unknown, text_of, truth_of

KNOWN = frozenset({"BasePath", "Environments", "Port", "Service", "SkippedWithoutAuth"})
ENVIRONMENTS_MAX = 64


@dataclass(frozen=True, slots=True)
class Recours:
    """A function's place among the services, and how the emulator runs it."""

    service: str
    port: int | None
    base_path: str
    environments: int
    skipped_without_auth: bool


def read_recours(given: Properties, function: str, problems: Problems) -> Recours:
    """Read it; a function of a template that is not ours is its own service. What is wrong goes to `problems`."""
    problems.attempt(None, refuse_unknown, given, KNOWN, given.where)
    return Recours(
        service=problems.attempt(function, _service, given, function),
        port=problems.attempt(None, _port, given),
        base_path=problems.attempt("", _base_path, given),
        environments=problems.attempt(1, _environments, given),
        skipped_without_auth=problems.attempt(False, _skipped, given),
    )


def _service(given: Properties, function: str) -> str:
    return text_of(given.get("Service", function), given.place("Service"))


def _port(given: Properties) -> int | None:
    port = given.get("Port")
    return None if port is None else number_of(port, given.place("Port"), least=1, most=65_535)


def _base_path(given: Properties) -> str:
    where = given.place("BasePath")
    base_path = text_of(given.get("BasePath", ""), where).rstrip("/")
    if base_path and not base_path.startswith("/"):
        raise TemplateError(f"{where}: {base_path} does not begin with /")
    return base_path


def _environments(given: Properties) -> int:
    return number_of(given.get("Environments", 1), given.place("Environments"), least=1, most=ENVIRONMENTS_MAX)


def _skipped(given: Properties) -> bool:
    return truth_of(given.get("SkippedWithoutAuth"), given.place("SkippedWithoutAuth"))
