"""E-mails: kept as `.eml` files with the SMTP envelope in front, as a mail server writes it, and found again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.policy import default as modern
from pathlib import Path

from local.mailcatcher.kept import KeptMessages, kept_id


@dataclass(frozen=True, slots=True)
class Mail:
    """What lists need of an e-mail. `to` are the recipients of the SMTP envelope, of all its deliveries."""

    id: str
    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    date: str
    deliveries: int


class Mails:
    """The e-mails of one folder, the newest last. The index is in memory and comes from the files."""

    def __init__(self, folder: Path) -> None:
        self._kept = KeptMessages(folder, "eml")
        self._index: dict[str, Mail] = {}
        for mail_id, deliveries in self._kept.all():
            for raw in deliveries:
                self._count(mail_id, _head(raw))

    def keep(self, sender: str, recipients: Sequence[str], content: bytes) -> Mail:
        """Keep one delivery, then count it. Raises OSError where it cannot be written."""
        raw = _with_envelope(sender, recipients, content)
        head = _head(raw)
        mail_id = kept_id(_header(head, "Message-ID"))
        known = self._index.get(mail_id)
        self._kept.keep(mail_id, raw, known.deliveries if known else 0)
        return self._count(mail_id, head)

    def newest(self, to: str | None, limit: int) -> list[Mail]:
        """At most `limit` e-mails, the newest first; with `to`, those of one recipient, whatever the case."""
        wanted = to.casefold() if to else None
        found = (
            mail
            for mail in reversed(self._index.values())
            if wanted is None or any(address.casefold() == wanted for address in mail.to)
        )
        return [mail for mail, _ in zip(found, range(limit), strict=False)]

    def get(self, mail_id: str) -> Mail | None:
        """One e-mail, or None."""
        return self._index.get(mail_id)

    def raw(self, mail_id: str) -> bytes:
        """The e-mail as it was delivered first, with its envelope."""
        return self._kept.content(mail_id)

    def text(self, mail_id: str) -> str:
        """The e-mail's plain text, or its HTML where it has no other."""
        message = message_from_bytes(self.raw(mail_id), policy=modern)
        assert isinstance(message, EmailMessage)
        part = message.get_body(("plain", "html"))
        return str(part.get_content()) if part is not None else ""

    def __len__(self) -> int:
        return len(self._index)

    def clear(self) -> None:
        """Delete all."""
        self._kept.clear()
        self._index.clear()

    def _count(self, mail_id: str, head: Message) -> Mail:
        mail = _summary(mail_id, head)
        known = self._index.get(mail_id)
        if known is not None:
            to = tuple(dict.fromkeys((*known.to, *mail.to)))
            mail = replace(known, to=to, deliveries=known.deliveries + 1)
        self._index[mail_id] = mail
        return mail


def _with_envelope(sender: str, recipients: Iterable[str], content: bytes) -> bytes:
    lines = [f"Return-Path: <{sender}>", *(f"Delivered-To: {recipient}" for recipient in recipients)]
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape") + content


def _summary(mail_id: str, head: Message) -> Mail:
    return Mail(
        id=mail_id,
        message_id=_header(head, "Message-ID"),
        sender=_header(head, "From"),
        to=tuple(_headers(head, "Delivered-To")),
        subject=_header(head, "Subject"),
        date=_header(head, "Date"),
        deliveries=1,
    )


def _head(raw: bytes) -> Message:
    """The headers, not parsed any further: the library's whole parser takes 1.5 ms, and fails on some of them."""
    return BytesHeaderParser(policy=compat32).parsebytes(raw)


def _header(head: Message, name: str) -> str:
    return next(iter(_headers(head, name)), "")


def _headers(head: Message, name: str) -> list[str]:
    """A header's values as text, whatever is wrong with them: what a mail server would take must be taken here too."""
    raw = [value for key, value in head.raw_items() if key.casefold() == name.casefold()]
    return [_decoded(str(value).replace("\r", "").replace("\n", "")).strip() for value in raw]


def _decoded(value: str) -> str:
    # Header bytes beyond ASCII are UTF-8 under SMTPUTF8; the parser keeps them as surrogates.
    text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, UnicodeDecodeError, ValueError):
        return text  # said to be encoded in a way that it is not: shown as it stands
