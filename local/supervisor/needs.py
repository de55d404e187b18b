"""Which of the surroundings a template asks for: one that is not ours needs none of our servers."""

from dataclasses import dataclass
from pathlib import Path

from local.servers import ServerName
from local.supervisor.errors import StartError
from local.supervisor.plan import stream_functions
from local.template import Template, TemplateError
from local.template.declared import declared_parameters

_URL_OF: dict[ServerName, str] = {"valkey": "RedisUrl", "mongo": "MongoUrl", "postgres": "PostgresUrl"}


@dataclass(frozen=True)
class Needs:
    """`servers` in the order in which they are told of."""

    servers: tuple[ServerName, ...]
    mail: bool
    lab6: bool


def needs_of(path: Path, template: Template) -> Needs:
    """Return what the template declares parameters for; a stream needs the log in any case. Raises StartError."""
    try:
        declared = declared_parameters(path)
    except TemplateError as error:
        raise StartError(f"{path} is not a template that can be run: {error}") from error
    asked = {name for name, parameter in _URL_OF.items() if parameter in declared}
    asked |= {"valkey"} if stream_functions(template) else set()
    return Needs(
        servers=tuple(name for name in _URL_OF if name in asked),
        mail=bool(declared & {"SmtpUrl", "SmsUrl"}),
        lab6=bool(declared & {"OrderServiceUrl", "CustomerServiceUrl"}),
    )
