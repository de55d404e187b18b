"""Text messages over real HTTP."""

import socket
import time
from collections.abc import Iterator

import pytest

from functions.notification.sms import HttpSms
from functions.notification.transports import DeferredError, RefusedError, TransportDownError
from tests.integration.notification.mail_server import SmsProvider, sms_server


@pytest.fixture
def provider() -> Iterator[SmsProvider]:
    with sms_server() as provider:
        yield provider


def test_a_text_message_is_posted_as_json(provider: SmsProvider) -> None:
    sender = HttpSms(provider.url)
    sender.send("+33612345612", "Réclamation enregistrée", "event-1.sms.0000")
    assert provider.messages == [
        {"to": "+33612345612", "text": "Réclamation enregistrée", "reference": "event-1.sms.0000"}
    ]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RefusedError),
        (404, RefusedError),
        (422, RefusedError),
        (408, DeferredError),
        (429, DeferredError),
        (401, TransportDownError),
        (403, TransportDownError),
        (302, TransportDownError),
        (500, TransportDownError),
        (503, TransportDownError),
    ],
)
def test_a_status_decides_whether_it_is_tried_again(provider: SmsProvider, status: int, error: type[Exception]) -> None:
    provider.status = status
    sender = HttpSms(provider.url)
    with pytest.raises(error, match=str(status)):
        sender.send("+33612345612", "text", "reference")


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_every_2xx_means_that_it_was_taken(provider: SmsProvider, status: int) -> None:
    provider.status = status
    sender = HttpSms(provider.url)
    sender.send("+33612345612", "text", "reference")
    assert len(provider.messages) == 1


def test_a_provider_that_is_not_there_is_down(unused_port: int) -> None:
    with pytest.raises(TransportDownError):
        HttpSms(f"http://127.0.0.1:{unused_port}").send("+33612345612", "text", "reference")


def test_a_provider_that_says_nothing_is_down_before_long() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        with pytest.raises(TransportDownError):
            HttpSms(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.3).send("+336", "text", "reference")
        assert time.monotonic() - started < 3


def test_messages_share_one_connection_for_the_life_of_the_sender(provider: SmsProvider) -> None:
    sender = HttpSms(provider.url)
    for number in range(5):
        sender.send("+33612345612", "text", f"event-{number}.sms.0000")
    assert (len(provider.messages), provider.connections) == (5, 1)


def test_a_kept_connection_that_breaks_is_made_again_under_the_same_reference(provider: SmsProvider) -> None:
    sender = HttpSms(provider.url)
    sender.send("+33612345612", "first", "event-1.sms.0000")
    provider.hang_ups = 1
    sender.send("+33612345612", "second", "event-2.sms.0000")
    assert [each["reference"] for each in provider.messages] == ["event-1.sms.0000", *["event-2.sms.0000"] * 2]
    assert provider.connections == 2


def test_a_provider_that_always_hangs_up_is_down(provider: SmsProvider) -> None:
    provider.hang_ups = 100
    with pytest.raises(TransportDownError, match="RemoteProtocolError"):
        HttpSms(provider.url).send("+33612345612", "text", "reference")
    assert len(provider.messages) == 2
