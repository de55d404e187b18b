"""One of the other systems over HTTP: what each of its answers means."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from functions.integration.upstream.errors import UpstreamUnavailableError
from functions.integration.upstream.http_system import BODY_BYTES_MAX, HttpSystem
from functions.integration.upstream.patience import TRIAL, USUAL

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]

REFUSED = httpx.Response(422, json={"detail": "not an integer"})
NOT_THERE = httpx.Response(404, json={"detail": "not found"})


class Remote:
    """Answers in turn, the last one for ever; `asked` are the paths."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []
        self.system = HttpSystem("http://lab6/", "orders", httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.raw_path.decode())
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)


def test_the_document_is_what_it_answers() -> None:
    remote = Remote(httpx.Response(200, json={"id": 1}))
    assert remote.system.find("order_1", USUAL) == {"id": 1}
    assert remote.asked == ["/api/v1/orders/order_1"]


@pytest.mark.parametrize("status", [404, 410, 400, 422])
def test_an_id_that_it_does_not_know_is_asked_for_by_its_number(status: int) -> None:
    remote = Remote(httpx.Response(status, json={"detail": "?"}), httpx.Response(200, json={"id": 1}))
    assert remote.system.find("order_1", USUAL) == {"id": 1}
    assert remote.asked == ["/api/v1/orders/order_1", "/api/v1/orders/1"]


def test_a_system_that_refuses_texts_is_asked_for_the_number_first_from_then_on() -> None:
    remote = Remote(REFUSED, httpx.Response(200, json={"id": 1}))
    for identifier in ("order_1", "order_2", "abc"):
        remote.system.find(identifier, USUAL)
    paths = [path.removeprefix("/api/v1/orders/") for path in remote.asked]
    assert paths == ["order_1", "1", "2", "abc"]


def test_a_system_that_only_does_not_know_a_text_goes_on_being_asked_for_it() -> None:
    remote = Remote(NOT_THERE)
    for identifier in ("order_1", "order_2"):
        remote.system.find(identifier, USUAL)
    assert remote.asked[2] == "/api/v1/orders/order_2"


def test_an_id_that_it_knows_in_no_form_is_not_there() -> None:
    remote = Remote(REFUSED, NOT_THERE)
    assert remote.system.find("order_1", USUAL) is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(301, headers={"location": "http://elsewhere/"}),
        httpx.Response(404, html="<h1>nginx</h1>"),
        httpx.Response(404),
        httpx.Response(401),
        httpx.Response(403),
        httpx.Response(429),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=None),
        httpx.Response(200, json=[{"id": 1}]),
        httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b")),
        httpx.Response(200, content=b"{" + b" " * BODY_BYTES_MAX),
        httpx.ReadTimeout("slow"),
        httpx.ConnectTimeout("slow"),
    ],
)
def test_what_says_nothing_of_the_id_is_no_answer_and_is_not_asked_for_twice(answer: Answer) -> None:
    remote = Remote(answer)
    with pytest.raises(UpstreamUnavailableError):
        remote.system.find("abc", USUAL)
    assert len(remote.asked) == 1


@pytest.mark.parametrize(
    "failure",
    [httpx.Response(500), httpx.Response(503), httpx.ConnectError("refused"), httpx.RemoteProtocolError("cut off")],
)
def test_what_may_pass_is_tried_again_and_not_for_ever(failure: Answer) -> None:
    remote = Remote(failure, httpx.Response(200, json={"id": 1}))
    assert remote.system.find("abc", USUAL) == {"id": 1}
    down = Remote(failure)
    with pytest.raises(UpstreamUnavailableError):
        down.system.find("abc", USUAL)
    assert len(down.asked) == USUAL.attempts


def test_an_answer_that_never_ends_is_given_up_though_each_wait_is_short() -> None:
    def drips(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=iter([b"{", b"}"]))

    with pytest.raises(UpstreamUnavailableError, match="in time"):
        Remote(drips).system.find("abc", replace(USUAL, total_s=-1.0))


def test_an_id_cannot_lead_elsewhere_in_the_other_system() -> None:
    remote = Remote(NOT_THERE)
    remote.system.find("../../admin?x=1", USUAL)
    assert remote.asked == ["/api/v1/orders/..%2F..%2Fadmin%3Fx%3D1"]


@pytest.mark.parametrize(
    ("answer", "is_well"),
    [
        (httpx.Response(200, json={"status": "healthy"}), True),
        (NOT_THERE, True),
        (httpx.Response(200, html="<h1>maintenance</h1>"), False),
        (httpx.Response(503), False),
        (httpx.Response(401), False),
    ],
)
def test_its_health_is_asked_for_by_itself(answer: Any, is_well: bool) -> None:
    remote = Remote(answer)
    if is_well:
        assert remote.system.check(TRIAL) >= 0
    else:
        with pytest.raises(UpstreamUnavailableError):
            remote.system.check(TRIAL)
    assert remote.asked == ["/health"]
