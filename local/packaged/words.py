"""What an environment's process says through its Runtime API, in the order said."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Asks:
    """It wants the next invocation."""


@dataclass(frozen=True, slots=True)
class Answers:
    """It is done with an invocation. `error_type` is empty where `body` is what the handler returned."""

    request_id: str
    body: bytes
    error_type: str = ""


@dataclass(frozen=True, slots=True)
class CannotStart:
    """The function could not be loaded."""

    body: bytes
    error_type: str


@dataclass(frozen=True, slots=True)
class Ended:
    """Its process is gone; said by nobody but the operating system."""


Word: TypeAlias = Asks | Answers | CannotStart | Ended
