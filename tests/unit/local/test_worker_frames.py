"""The frames between an environment and who invokes it."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator

import pytest

from local.environment.worker.frames import FRAME_BYTES_MAX, FrameEndError, FrameError, encode, receive, send

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"result": None},
        {"event": {"text": "réclamation ✓", "number": -1.5, "list": [1, [2, {"a": None}]]}},
        {"event": 2**80},
        {"event": "half of a pair: \ud83d"},
        {"event": json.loads("[" * 300 + "]" * 300)},
    ],
)
def test_a_message_comes_as_it_was_sent(pair: Pair, message: dict[str, object]) -> None:
    send(pair[0], encode(message))
    assert receive(pair[1]) == message


def test_frames_that_came_together_are_read_one_by_one(pair: Pair) -> None:
    pair[0].sendall(encode({"n": 1}) + encode({"n": 2}))
    assert [receive(pair[1]), receive(pair[1])] == [{"n": 1}, {"n": 2}]


def test_a_frame_that_is_larger_than_the_sockets_buffer_comes_whole(pair: Pair) -> None:
    message = {"event": "x" * 5_000_000}
    sender = threading.Thread(target=send, args=(pair[0], encode(message)))
    sender.start()
    assert receive(pair[1]) == message
    sender.join()


def test_a_frame_that_does_not_come_in_time_is_a_timeout(pair: Pair) -> None:
    began_s = time.monotonic()
    with pytest.raises(TimeoutError):
        receive(pair[1], began_s + 0.05)
    assert time.monotonic() - began_s < 1


def test_half_a_frame_does_not_keep_its_reader_beyond_the_deadline(pair: Pair) -> None:
    pair[0].sendall(encode({"event": "x" * 100})[:50])
    with pytest.raises(TimeoutError):
        receive(pair[1], time.monotonic() + 0.05)


def test_an_answer_that_is_there_is_read_even_after_the_deadline(pair: Pair) -> None:
    send(pair[0], encode({"result": 1}))
    assert receive(pair[1], time.monotonic() - 10) == {"result": 1}


def test_nobody_who_reads_is_a_timeout_too(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        send(pair[0], encode({"event": "x" * 5_000_000}), time.monotonic() + 0.05)


@pytest.mark.parametrize(("sent", "begun"), [(b"", False), (b"\0\0", True), (b"\0\0\0\x09{", True)])
def test_the_other_sides_end_is_told_and_whether_a_frame_had_begun(pair: Pair, sent: bytes, begun: bool) -> None:
    pair[0].sendall(sent)
    pair[0].close()
    with pytest.raises(FrameEndError) as end:
        receive(pair[1])
    assert end.value.begun is begun


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xff", b'"text"'])
def test_a_body_that_is_no_object_is_refused(pair: Pair, body: bytes) -> None:
    pair[0].sendall(struct.pack(">I", len(body)) + body)
    with pytest.raises(FrameError):
        receive(pair[1])


def test_a_length_that_nobody_would_send_is_refused_before_it_is_read(pair: Pair) -> None:
    pair[0].sendall(b"HTTP/1.1 200 OK")
    with pytest.raises(FrameError, match="was announced"):
        receive(pair[1])


def test_a_message_that_json_cannot_tell_or_that_is_too_large_is_refused() -> None:
    with pytest.raises(FrameError, match="JSON"):
        encode({"event": object()})
    with pytest.raises(FrameError, match="more than an invocation may have"):
        encode({"event": "x" * FRAME_BYTES_MAX})
