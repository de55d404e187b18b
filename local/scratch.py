"""Stores and mail catcher for one invocation, empty before it and gone after it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from local.paths import ROOT
from local.servers import embedded_servers
from local.servers.leash import leash
from local.supervisor.errors import StartError
from local.supervisor.plan import NOBODY, Urls, mail_catcher_command
from local.supervisor.sockets import listen_on, port_of

_STOP_SECONDS_MAX = 5.0


@contextmanager
def scratch_urls() -> Iterator[Urls]:
    """Run the three servers, with the read models' schema, and the mail catcher. Raises ServerError, StartError.

    Order, customer and claims services are nobody's: what is tried here reaches no other system.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="recours-scratch-")))
        smtp, http = (stack.enter_context(listen_on(0, "scratch")) for _ in range(2))
        stack.enter_context(_mail_catcher(smtp.fileno(), http.fileno(), directory / "mail"))
        servers = stack.enter_context(embedded_servers(directory))
        _migrate(servers.postgres_url)
        mail = f"http://127.0.0.1:{port_of(http)}"
        yield Urls(
            servers.redis_url,
            servers.mongo_url,
            servers.postgres_url,
            f"smtp://127.0.0.1:{port_of(smtp)}",
            f"{mail}/sms",
            orders=NOBODY,
            customers=NOBODY,
            claims=NOBODY,
        )


def _migrate(postgres_url: str) -> None:
    """In a process of its own: this one becomes the function's, which sees only the layers that it names."""
    done = subprocess.run(
        [sys.executable, "-m", "local.migrations"],
        env={**os.environ, "POSTGRES_URL": postgres_url},
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StartError(done.stderr.strip())


@contextmanager
def _mail_catcher(smtp_fd: int, http_fd: int, directory: Path) -> Iterator[None]:
    """Connections wait in the sockets until it is up."""
    process = subprocess.Popen(
        mail_catcher_command(smtp_fd, http_fd, directory),
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        pass_fds=(smtp_fd, http_fd),
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=leash(signal.SIGKILL),
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
