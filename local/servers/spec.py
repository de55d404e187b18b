"""How one embedded server is started, and when it is ready."""

import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, Literal

from local.servers.leash import leash

ServerName = Literal["valkey", "mongo", "postgres"]


class ServerError(Exception):
    """A server cannot be prepared or started. The message is one line that says what to do."""


@dataclass(frozen=True)
class Account:
    """The system user that a server runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class ServerSpec:
    """One server on one port with one data directory; it can be started again any number of times.

    `stop_signal` is the server's clean shutdown; `death_signal` is what it gets when its parent dies.
    `pass_fds` are open descriptors that the server inherits.
    """

    name: ServerName
    url: str
    port: int
    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    account: Account | None = None
    pass_fds: tuple[int, ...] = ()


def spawn(spec: ServerSpec, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the server, in a session of its own so that Ctrl-C reaches us alone, and on a leash."""
    return subprocess.Popen(
        spec.command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=server_environment(),
        cwd="/",
        start_new_session=True,
        pass_fds=spec.pass_fds,
        preexec_fn=leash(spec.death_signal),
        **as_account(spec.account),
    )


def as_account(account: Account | None) -> dict[str, Any]:
    """Return the arguments of `subprocess.Popen` that make a child run as `account`; none for our own user."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def server_environment() -> dict[str, str]:
    """Return our environment without what would quietly configure PostgreSQL; plain messages, and times in UTC."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C", "TZ": "UTC"}
