"""Where the services of the system under test answer."""

import socket
from dataclasses import dataclass
from pathlib import Path

from local.cli.errors import CommandError
from local.paths import DEFAULT_DATA
from local.state import data_directory, running_state

Address = tuple[str, int]

_FIXED_PORTS = {"claims": 8101, "notification": 8102, "audit": 8103, "query": 8105, "event_store": 8106}


@dataclass(frozen=True)
class Endpoints:
    """Host and port of each service that the load test talks to."""

    claims: Address
    notification: Address
    audit: Address
    query: Address
    event_store: Address


def find_endpoints(data: Path | None) -> Endpoints:
    """Return the addresses of the system that runs on `data`; the fixed ports when no directory was named.

    Raises CommandError when nothing is up there.
    """
    state = running_state(data_directory(data or DEFAULT_DATA))
    if state is None and data is not None:
        raise CommandError(f"nothing is up in {data}: ./recours up --detach --data {data}")
    ports = dict(_FIXED_PORTS)
    if state is None:
        _check_answers(ports["claims"])
    else:
        ports |= {_service(record.name): record.port for record in state.processes if record.port is not None}
    return Endpoints(**{name: ("127.0.0.1", ports[name]) for name in _FIXED_PORTS})


def _check_answers(port: int) -> None:
    """Somebody else may have started the system, in containers for example; but somebody must have."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError as error:
        raise CommandError(f"nothing is up, and nobody answers on port {port}: ./recours up --detach") from error


def _service(process: str) -> str:
    """`claims-2` is one of several processes of `claims`."""
    name, _, number = process.rpartition("-")
    return name if number.isdigit() else process
