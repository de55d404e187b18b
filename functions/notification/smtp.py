"""E-mail over SMTP, one connection for the messages of a batch."""

import select
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from functions.notification.transports import DeferredError, RefusedError, TransportDownError

TIMEOUT_S = 10.0
Security = Literal["none", "starttls", "tls"]
DEFAULT_PORTS = {"smtp": 25, "smtps": 465}

# These say that we may not send at all, which a person must put right; no fault of the message (RFC 4954, section 6).
NOT_OURS_TO_SEND = frozenset({530, 534, 535, 538})
CLOSING = 421


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """Where and how to hand over mail."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def read_smtp_url(url: str) -> SmtpAddress:
    """`smtp://[user:password@]host[:port][?starttls]` or `smtps://…`. Raises ValueError, which does not repeat it."""
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise ValueError("must be smtp://host:port, smtp://host:port?starttls or smtps://host:port")
    return SmtpAddress(
        host=parts.hostname,
        port=_port(parts) or DEFAULT_PORTS[parts.scheme],
        security=_security(parts.scheme, parts.query),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password or "") if parts.username else None,
    )


class SmtpMailer:
    """A MailTransport. Every wait ends after `timeout_s` seconds."""

    def __init__(self, address: SmtpAddress, *, helo: str, timeout_s: float = TIMEOUT_S) -> None:
        """`helo` is the name we give ourselves: the domain that the mail is from."""
        self._address = address
        self._helo = helo
        self._timeout_s = timeout_s
        self._connection: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        """See `MailTransport.send`."""
        try:
            self._ready().send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _),) = error.recipients.values()
            self._raise_for(code, error)
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            self._raise_for(error.smtp_code, error)
        except (smtplib.SMTPException, OSError) as error:
            self._raise_down(type(error).__name__, error)

    def close(self) -> None:
        """See `MailTransport.close`."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.quit()
        except (smtplib.SMTPException, OSError):
            connection.close()  # the other side hung up first, which comes to the same

    def _ready(self) -> smtplib.SMTP:
        """The open connection, or a new one where the server has closed it meanwhile."""
        if self._connection is not None and not _is_open(self._connection):
            self.close()
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> smtplib.SMTP:
        connection = self._open()
        try:
            if self._address.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if self._address.user is not None:
                connection.login(self._address.user, self._address.password or "")
        except (smtplib.SMTPException, OSError):
            connection.close()
            raise
        return connection

    def _open(self) -> smtplib.SMTP:
        host, port = self._address.host, self._address.port
        if self._address.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, local_hostname=self._helo, timeout=self._timeout_s, context=context)
        return smtplib.SMTP(host, port, local_hostname=self._helo, timeout=self._timeout_s)

    def _raise_for(self, code: int, error: Exception) -> None:
        if code == CLOSING or code in NOT_OURS_TO_SEND:
            self._raise_down(str(code), error)
        if 500 <= code < 600:
            raise RefusedError(f"the mail server refused it: {code}") from error
        raise DeferredError(f"the mail server put it off: {code}") from error

    def _raise_down(self, why: str, error: Exception) -> None:
        self.close()
        raise TransportDownError(f"the mail server cannot be used now: {why}") from error


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        # Python's own message repeats what stands there, and that may be a password with a slash in it.
        raise ValueError("has a port that is not a number; a / in the password is written %2F") from None


def _security(scheme: str, query: str) -> Security:
    options = parse_qs(query, keep_blank_values=True)
    if unknown := options.keys() - {"starttls"}:
        raise ValueError(f"has unknown options: {', '.join(sorted(unknown))}")
    if scheme == "smtps":
        return "tls"
    return "starttls" if options.get("starttls", ["0"])[-1] in {"", "1", "true"} else "none"


def _is_open(connection: smtplib.SMTP) -> bool:
    """Between two messages a server is silent, unless it hangs up: that can be seen without a round trip."""
    if connection.sock is None:
        return False
    waiting = select.poll()
    waiting.register(connection.sock, select.POLLIN)
    return not waiting.poll(0)
