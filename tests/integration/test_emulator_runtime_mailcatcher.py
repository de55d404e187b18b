"""The mail catcher as a real process: what it took it still has, and it tells once from twice."""

import json
import smtplib
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.integration.emulator_process import Answer, ask, end, listening, port_of, start


class Catcher:
    """A mail catcher on two sockets that outlive it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "mail"
        self.smtp, self.http = listening(), listening()
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        descriptors = ["--smtp-fd", str(self.smtp.fileno()), "--http-fd", str(self.http.fileno())]
        return start("local.mailcatcher", [*descriptors, "--directory", str(self.folder)], [self.smtp, self.http])

    def restart(self, *, kill: bool) -> None:
        if kill:
            self.process.kill()
            self.process.wait()
        else:
            assert end(self.process) == 0
        self.process = self.start()

    def ask(self, path: str, method: str = "GET", body: bytes | None = None) -> Answer:
        return ask(port_of(self.http), path, method, body)

    def messages(self, path: str) -> list[dict[str, object]]:
        messages = self.ask(path).json()["messages"]
        assert isinstance(messages, list)
        return messages

    def send(self, to: str, message_id: str | None = "<1@recours>", subject: str = "Réclamation reçue") -> None:
        message = EmailMessage()
        message["From"] = "Service réclamations <reclamations@recours.example>"
        message["To"] = to
        message["Subject"] = subject
        if message_id:
            message["Message-ID"] = message_id
        message.set_content("Bonjour,\nVotre réclamation est enregistrée.\n")
        with smtplib.SMTP("127.0.0.1", port_of(self.smtp), timeout=20) as client:
            client.send_message(message)

    def text(self, reference: str | None, to: str = "+15145550100") -> Answer:
        return self.ask("/sms", "POST", json.dumps({"to": to, "text": "Reçue", "reference": reference}).encode())


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[Catcher]:
    running = Catcher(tmp_path)
    yield running
    assert end(running.process) == 0
    running.smtp.close()
    running.http.close()


def test_an_email_is_read_back_as_it_was_sent(catcher: Catcher) -> None:
    catcher.send("client@example.org")
    (message,) = catcher.messages("/messages")
    assert message["to"] == ["client@example.org"]
    assert message["message_id"] == "<1@recours>"
    assert message["subject"] == "Réclamation reçue"
    assert message["from"] == "Service réclamations <reclamations@recours.example>"
    assert "Votre réclamation est enregistrée." in str(message["text"])
    assert message["deliveries"] == 1
    assert catcher.ask(f"/messages/{message['id']}").json() == message
    assert b"Message-ID: <1@recours>" in catcher.ask(f"/messages/{message['id']}.eml").body


def test_the_same_message_again_is_kept_once_and_counted(catcher: Catcher) -> None:
    for _ in range(3):
        catcher.send("client@example.org")
    assert [message["deliveries"] for message in catcher.messages("/messages")] == [3]
    catcher.restart(kill=True)
    assert [message["deliveries"] for message in catcher.messages("/messages")] == [3]


def test_what_was_acknowledged_survives_a_kill(catcher: Catcher) -> None:
    for number in range(20):
        catcher.send(f"client_{number}@example.org", f"<{number}@recours>")
    catcher.restart(kill=True)
    assert catcher.ask("/messages?limit=1").json()["total"] == 20
    assert [m["message_id"] for m in catcher.messages("/messages?limit=2")] == ["<19@recours>", "<18@recours>"]


def test_messages_without_an_id_are_each_their_own(catcher: Catcher) -> None:
    catcher.send("client@example.org", None)
    catcher.send("client@example.org", None)
    assert len(catcher.messages("/messages")) == 2


def test_messages_are_found_by_recipient_whatever_the_case(catcher: Catcher) -> None:
    catcher.send("client@example.org", "<1@recours>")
    catcher.send("agent@example.org", "<2@recours>")
    assert [m["message_id"] for m in catcher.messages("/messages?to=Agent@example.org")] == ["<2@recours>"]


def test_a_text_message_posted_again_is_kept_once_and_counted(catcher: Catcher) -> None:
    first, again = catcher.text("evt-1:sms"), catcher.text("evt-1:sms")
    catcher.text("evt-2:sms", "+15145550199")
    assert (first.status, first.json()["deliveries"]) == (201, 1)
    assert (again.status, again.json()["deliveries"]) == (201, 2)
    catcher.restart(kill=False)
    (message,) = catcher.messages("/sms?to=%2B15145550100")
    assert (message["text"], message["reference"], message["deliveries"]) == ("Reçue", "evt-1:sms", 2)


def test_what_is_no_text_message_is_refused_with_the_field(catcher: Catcher) -> None:
    assert catcher.ask("/sms", "POST", b"{").status == 400
    refused = catcher.ask("/sms", "POST", b'{"to": "", "text": "x"}')
    assert refused.status == 422
    assert refused.json()["errors"] == [{"field": "to", "message": "text is needed"}]


def test_emptying_leaves_nothing_even_after_a_restart(catcher: Catcher) -> None:
    catcher.send("client@example.org")
    catcher.text("evt-1:sms")
    assert catcher.ask("/messages", "DELETE").status == 204
    catcher.restart(kill=True)
    assert catcher.messages("/messages") == []
    assert catcher.messages("/sms") == []


def test_the_page_shows_what_was_sent_and_escapes_it(catcher: Catcher) -> None:
    catcher.send("client@example.org", subject="<script>alert(1)</script>")
    page = catcher.ask("/").body.decode()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_health_and_errors_have_the_shape_of_every_service(catcher: Catcher) -> None:
    assert catcher.ask("/health").json() == {"status": "healthy", "service": "mailcatcher"}
    missing = catcher.ask("/messages/nothing")
    assert missing.status == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert catcher.ask("/messages?limit=x").status == 422
