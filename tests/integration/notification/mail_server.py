"""A real SMTP server in the test's process, and a real HTTP server that takes text messages. Both can misbehave."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Mailbox:
    """What arrived, and how the server answers: `answers` maps EHLO, MAIL, RCPT or DATA to a reply other than yes."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.connections = 0
        self.needless: list[str] = []
        self.answers: dict[str, str] = {}
        self.before_answer: dict[str, Callable[[], None]] = {}
        self.logins: list[tuple[str, str]] = []
        self.tls = False

    @property
    def message_ids(self) -> list[str]:
        """Of each message that arrived, in order."""
        return [message["Message-ID"] for message in self.messages]

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's names)
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        self._act("EHLO")
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._act("MAIL")
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        refused = self.answers.get("DATA")
        if refused is not None:
            return refused
        assert isinstance(envelope.content, bytes)
        self.messages.append(message_from_bytes(envelope.content, policy=POLICY))
        self.recipients += envelope.rcpt_tos
        self.tls = session.ssl is not None
        self._act("DATA")
        return "250 OK"

    async def handle_NOOP(self, server: SMTP, session: Session, envelope: Envelope, argument: str) -> str:  # noqa: N802
        self.needless.append("NOOP")
        return "250 OK"

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.needless.append("RSET")
        return "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Let `claims` in with its password, nobody else."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=self.logins[-1] == ("claims", "p@ss/word"), handled=False)

    def _act(self, step: str) -> None:
        act = self.before_answer.get(step)
        if act is not None:
            act()


@contextmanager
def smtp_server(
    mailbox: Mailbox, *, port: int, auth: bool = False, tls: ssl.SSLContext | None = None
) -> Iterator[Controller]:
    """The server on 127.0.0.1 while the block runs."""
    options: dict[str, Any] = {"tls_context": tls, "require_starttls": tls is not None}
    if auth:
        options |= {"auth_required": True, "auth_require_tls": False, "authenticator": mailbox.authenticate}
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


class SmsProvider:
    """What was posted, and how the server answers; the next `hang_ups` requests it does not answer at all."""

    def __init__(self) -> None:
        self.messages: list[dict[str, str]] = []
        self.status = 202
        self.before_answer: Callable[[], None] | None = None
        self.url = ""
        self.connections = 0
        self.hang_ups = 0


@contextmanager
def sms_server() -> Iterator[SmsProvider]:
    """The provider on a free port while the block runs."""
    provider = SmsProvider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # keeps connections

        def setup(self) -> None:
            provider.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/json"
            provider.messages.append(json.loads(body))
            if provider.before_answer is not None:
                provider.before_answer()
            if provider.hang_ups:
                provider.hang_ups -= 1
                self.close_connection = True
                return
            self.send_response(provider.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nothing: a test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.url = f"http://127.0.0.1:{server.server_address[1]}/sms"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
