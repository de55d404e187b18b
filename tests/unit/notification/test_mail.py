"""A notification as an e-mail."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest

from functions.notification.mail import read_sender, to_email
from tests.contract.notifications_contract import notification
from tests.unit.notification.claim_life import SENDER

INJECTION = "Jean\r\nBcc: eve@example.com\nX-Evil: 1"


def test_the_headers_say_from_whom_to_whom_about_what_and_when() -> None:
    message = to_email(replace(notification(), addressee="Zoé Müller"), SENDER)
    read = message_from_bytes(message.as_bytes(), policy=SMTP)
    assert read["From"] == "Service réclamations <claims@example.com>"
    assert read["To"] == "Zoé Müller <jean@example.com>"
    assert read["Subject"] == "Réclamation enregistrée"
    assert read["Date"].datetime == notification().created_at
    assert read["Message-ID"] == "<event-1.email.0000@recours>"
    assert read["X-Correlation-ID"] == "trace_1"


def test_the_message_is_ascii_on_the_wire_and_utf8_to_its_reader() -> None:
    text = "Problème résolu, 50 €, « neuf » 😀\n.\nfin\n"
    raw = to_email(replace(notification(), text=text), SENDER).as_bytes()
    assert raw.isascii()
    body = message_from_bytes(raw, policy=SMTP).get_content()
    assert body.replace("\r\n", "\n") == text


def test_the_same_notification_makes_the_same_bytes() -> None:
    assert to_email(notification(), SENDER).as_bytes() == to_email(notification(), SENDER).as_bytes()


def test_the_messages_of_one_claim_are_one_thread() -> None:
    first = to_email(notification(1), SENDER)
    later = to_email(replace(notification(2), event_type="ReclamationResolue"), SENDER)
    other = to_email(replace(notification(3), claim_id="claim_2"), SENDER)
    assert first["References"] == later["References"] == later["In-Reply-To"]
    assert first["In-Reply-To"] is None
    assert other["References"] != first["References"]


@pytest.mark.parametrize("field", ["addressee", "subject", "correlation_id", "claim_id"])
def test_a_line_break_begins_no_header_of_its_own(field: str) -> None:
    changes: dict[str, Any] = {field: INJECTION}
    message = to_email(replace(notification(), **changes), SENDER)
    read = message_from_bytes(message.as_bytes(), policy=SMTP)
    assert read["Bcc"] is None
    assert read["X-Evil"] is None
    assert [address.addr_spec for address in read["To"].addresses] == ["jean@example.com"]


@pytest.mark.parametrize("name", ['"', "a, b <c@example.com>", "a;b:c", "\\", "(x", "=?utf-8?q?x?="])
def test_a_name_with_punctuation_adds_no_recipient(name: str) -> None:
    read = message_from_bytes(to_email(replace(notification(), addressee=name), SENDER).as_bytes(), policy=SMTP)
    assert [address.addr_spec for address in read["To"].addresses] == ["jean@example.com"]


def test_a_sender_is_a_name_and_an_address() -> None:
    sender = read_sender("Service réclamations <reclamations@recours.example>")
    assert (sender.display_name, sender.addr_spec) == ("Service réclamations", "reclamations@recours.example")


@pytest.mark.parametrize("text", ["", "nobody", "a@b", "x <>"])
def test_a_sender_without_an_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be an address"):
        read_sender(text)
