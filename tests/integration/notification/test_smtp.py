"""E-mail over real SMTP."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from functions.notification.mail import to_email
from functions.notification.smtp import SmtpAddress, SmtpMailer, read_smtp_url
from functions.notification.transports import DeferredError, RefusedError, TransportDownError
from tests.contract.notifications_contract import notification
from tests.integration.notification.mail_server import Mailbox, smtp_server
from tests.unit.notification.claim_life import SENDER

# The server's own advice about a server that only this test talks to.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

MESSAGE = to_email(replace(notification(), text="Problème résolu, 50 €\n.\nfin\n"), SENDER)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def server(mailbox: Mailbox, unused_port: int) -> Iterator[int]:
    """The port of a server that takes everything into the mailbox."""
    with smtp_server(mailbox, port=unused_port):
        yield unused_port


def mailer(port: int, query: str = "", login: str = "", timeout_s: float = 5) -> SmtpMailer:
    url = f"smtp://{login}127.0.0.1:{port}{query}"
    return SmtpMailer(read_smtp_url(url), helo="example.com", timeout_s=timeout_s)


def test_a_message_arrives_as_it_was_written(server: int, mailbox: Mailbox) -> None:
    sender = mailer(server)
    sender.send(MESSAGE)
    sender.close()
    (message,) = mailbox.messages
    assert mailbox.recipients == ["jean@example.com"]
    assert message["Subject"] == "Réclamation enregistrée"
    assert message["From"] == "Service réclamations <claims@example.com>"
    assert message["Message-ID"] == "<event-1.email.0000@recours>"
    assert message.get_content().replace("\r\n", "\n") == "Problème résolu, 50 €\n.\nfin\n"


def test_the_messages_of_a_batch_share_one_connection(server: int, mailbox: Mailbox) -> None:
    sender = mailer(server)
    for _ in range(5):
        sender.send(MESSAGE)
    sender.close()
    assert (len(mailbox.messages), mailbox.connections, mailbox.needless) == (5, 1, [])
    sender.send(MESSAGE)
    sender.close()
    assert (len(mailbox.messages), mailbox.connections) == (6, 2)


def test_a_connection_that_the_server_closed_meanwhile_is_made_again(mailbox: Mailbox, unused_port: int) -> None:
    sender = mailer(unused_port)
    for _ in range(2):
        with smtp_server(mailbox, port=unused_port):
            sender.send(MESSAGE)
    sender.close()
    assert (len(mailbox.messages), mailbox.connections) == (2, 2)


def test_a_server_that_hangs_up_between_messages_gets_a_connection_for_each(mailbox: Mailbox, unused_port: int) -> None:
    sender = mailer(unused_port)
    with smtp_server(mailbox, port=unused_port) as controller:
        controller.SMTP_kwargs["timeout"] = 0.2  # it hangs up on whoever is silent for so long
        for _ in range(3):
            sender.send(MESSAGE)
            time.sleep(0.5)
        sender.close()
    assert (len(mailbox.messages), mailbox.connections) == (3, 3)


@pytest.mark.parametrize(
    ("step", "reply", "error"),
    [
        ("RCPT", "550 5.1.1 <jean@example.com> unknown", RefusedError),
        ("RCPT", "450 4.2.1 <jean@example.com> try later", DeferredError),
        ("RCPT", "421 4.3.2 closing", TransportDownError),
        ("MAIL", "552 5.3.4 too big", RefusedError),
        ("MAIL", "530 5.7.0 authentication required", TransportDownError),
        ("MAIL", "451 4.3.0 later", DeferredError),
        ("DATA", "554 5.7.1 jean@example.com looks like spam", RefusedError),
        ("DATA", "452 4.3.1 disk full", DeferredError),
    ],
)
def test_a_reply_decides_whether_it_is_tried_again(
    server: int, mailbox: Mailbox, step: str, reply: str, error: type[Exception]
) -> None:
    sender = mailer(server)
    mailbox.answers = {step: reply}
    with pytest.raises(error, match=reply[:3]) as caught:
        sender.send(MESSAGE)
    assert "jean" not in str(caught.value)
    mailbox.answers = {}
    sender.send(MESSAGE)
    sender.close()
    assert len(mailbox.messages) == 1


def test_a_refusal_leaves_the_connection_to_the_next_message(server: int, mailbox: Mailbox) -> None:
    sender = mailer(server)
    mailbox.answers = {"RCPT": "550 unknown"}
    with pytest.raises(RefusedError):
        sender.send(MESSAGE)
    mailbox.answers = {}
    sender.send(MESSAGE)
    sender.close()
    assert mailbox.connections == 1


def test_a_server_that_is_not_there_is_down(unused_port: int) -> None:
    with pytest.raises(TransportDownError, match="ConnectionRefusedError"):
        mailer(unused_port).send(MESSAGE)


def test_a_server_that_says_nothing_is_down_before_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(TransportDownError):
            mailer(silent.getsockname()[1], timeout_s=0.3).send(MESSAGE)
        assert time.monotonic() - started < 3


def test_a_login_is_given_where_the_url_has_one(mailbox: Mailbox, unused_port: int) -> None:
    with smtp_server(mailbox, port=unused_port, auth=True):
        sender = mailer(unused_port, login="claims:p%40ss%2Fword@")
        sender.send(MESSAGE)
        sender.close()
    assert set(mailbox.logins) == {("claims", "p@ss/word")}
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize("login", ["", "claims:wrong@"])
def test_a_server_that_does_not_let_us_in_is_down_and_no_message_is_lost(
    mailbox: Mailbox, unused_port: int, login: str
) -> None:
    with smtp_server(mailbox, port=unused_port, auth=True), pytest.raises(TransportDownError):
        mailer(unused_port, login=login).send(MESSAGE)
    assert mailbox.messages == []


def test_with_starttls_nothing_is_ever_sent_in_the_clear(server: int, mailbox: Mailbox) -> None:
    with pytest.raises(TransportDownError):
        mailer(server, query="?starttls").send(MESSAGE)
    assert mailbox.messages == []


@pytest.fixture
def certificate(tmp_path: Path) -> ssl.SSLContext:
    """A server's context with a certificate of its own for 127.0.0.1, whose file is `tmp_path/certificate.pem`."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is needed to make a certificate")
    options = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=test"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run(["openssl", "req", *options, *names], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    return context


def test_a_server_whose_certificate_is_trusted_gets_the_message_over_tls(
    mailbox: Mailbox,
    unused_port: int,
    certificate: ssl.SSLContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with smtp_server(mailbox, port=unused_port, tls=certificate):
        sender = mailer(unused_port, query="?starttls")
        for _ in range(3):
            sender.send(MESSAGE)
        sender.close()
    assert mailbox.tls
    assert (len(mailbox.messages), mailbox.connections) == (3, 2)  # greeted again once it is encrypted


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(
    mailbox: Mailbox, unused_port: int, certificate: ssl.SSLContext
) -> None:
    with smtp_server(mailbox, port=unused_port, tls=certificate), pytest.raises(TransportDownError, match="SSLCert"):
        mailer(unused_port, query="?starttls").send(MESSAGE)
    assert mailbox.messages == []


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("smtp://mail.example.com", SmtpAddress("mail.example.com", 25, "none")),
        ("smtp://127.0.0.1:1025?starttls", SmtpAddress("127.0.0.1", 1025, "starttls")),
        ("smtp://127.0.0.1:1025/?starttls=true", SmtpAddress("127.0.0.1", 1025, "starttls")),
        ("smtp://127.0.0.1:1025?starttls=0", SmtpAddress("127.0.0.1", 1025, "none")),
        ("smtps://a%40b:c%3Ad@mail.example.com", SmtpAddress("mail.example.com", 465, "tls", "a@b", "c:d")),
    ],
)
def test_a_url_says_where_and_how(url: str, address: SmtpAddress) -> None:
    assert read_smtp_url(url) == address
