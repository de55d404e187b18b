"""Messages on disk: kept once, counted each time, found again."""

from pathlib import Path

import pytest

from local.mailcatcher.mails import Mails
from local.mailcatcher.texts import InvalidTextError, Texts

MESSAGE = b"From: a@example.org\r\nMessage-ID: <1@x>\r\nSubject: Hello\r\n\r\nThe text\r\n"


def test_one_message_to_two_recipients_is_one_message_with_both(tmp_path: Path) -> None:
    mails = Mails(tmp_path)
    mails.keep("a@example.org", ["b@example.org"], MESSAGE)
    mail = mails.keep("a@example.org", ["c@example.org"], MESSAGE)
    assert (mail.to, mail.deliveries) == (("b@example.org", "c@example.org"), 2)
    assert len(mails.newest("C@example.org", 10)) == 1
    assert Mails(tmp_path).newest(None, 10) == [mail]


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        (b"Subject: =?utf-8?q?R=C3=A9clamation?=", "Réclamation"),
        ("Subject: Réclamation".encode(), "Réclamation"),
        (b"Subject: a\r\n folded line", "a folded line"),
        (b"Subject: =?no-such-charset?q?x?=", "=?no-such-charset?q?x?="),
        (b"No-Subject: x", ""),
    ],
)
def test_a_subject_is_read_however_it_is_written(tmp_path: Path, header: bytes, subject: str) -> None:
    mail = Mails(tmp_path).keep("a@example.org", ["b@example.org"], header + b"\r\n\r\nx")
    assert mail.subject == subject


@pytest.mark.parametrize("message_id", [b"<", b"<>", b"@", b"<a b@c", b"\xff"])
def test_a_malformed_message_id_is_taken_all_the_same(tmp_path: Path, message_id: bytes) -> None:
    mails = Mails(tmp_path)
    mails.keep("a@example.org", ["b@example.org"], b"Message-ID: " + message_id + b"\r\n\r\nx")
    mails.keep("a@example.org", ["b@example.org"], b"Message-ID: " + message_id + b"\r\n\r\nx")
    assert [mail.deliveries for mail in Mails(tmp_path).newest(None, 10)] == [2]


def test_the_text_is_the_plain_part_and_the_raw_message_is_untouched(tmp_path: Path) -> None:
    mails = Mails(tmp_path)
    mail = mails.keep("a@example.org", ["b@example.org"], MESSAGE)
    assert mails.text(mail.id).strip() == "The text"
    assert mails.raw(mail.id).endswith(MESSAGE)


def test_an_unfinished_write_is_no_message(tmp_path: Path) -> None:
    (tmp_path / ".abc.eml.unfinished").write_bytes(b"Message-ID: <1@x>")
    assert len(Mails(tmp_path)) == 0


def test_a_text_without_a_reference_is_its_own_each_time(tmp_path: Path) -> None:
    texts = Texts(tmp_path)
    for _ in range(2):
        assert texts.keep(b'{"to": "+1514", "text": "x"}').deliveries == 1
    assert len(Texts(tmp_path)) == 2


def test_a_list_is_the_newest_first_and_no_longer_than_asked(tmp_path: Path) -> None:
    texts = Texts(tmp_path)
    for number in range(3):
        texts.keep(b'{"to": "+1514", "text": "x", "reference": "%d"}' % number)
    assert [text.reference for text in texts.newest("+1514", 2)] == ["2", "1"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"no", ""),
        (b"[]", ""),
        (b'{"text": "x"}', "to"),
        (b'{"to": "+1", "text": 3}', "text"),
        (b'{"to": "+1", "text": "x", "reference": 3}', "reference"),
    ],
)
def test_what_is_no_text_message_is_refused_with_the_field(tmp_path: Path, body: bytes, field: str) -> None:
    with pytest.raises(InvalidTextError) as caught:
        Texts(tmp_path).keep(body)
    assert caught.value.field == field
