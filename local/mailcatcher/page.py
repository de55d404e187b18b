"""The mail catcher's page: a list of what was sent, for a person."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template

from local.mailcatcher.mails import Mail
from local.mailcatcher.texts import Text

_PAGE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))


def render_list(mails: Iterable[Mail], texts: Iterable[Text]) -> str:
    """The whole page, the newest first."""
    return _PAGE.substitute(
        mails="\n".join(map(_mail_row, mails)) or _empty("Aucun courriel."),
        texts="\n".join(map(_text_row, texts)) or _empty("Aucun SMS."),
    )


def _mail_row(mail: Mail) -> str:
    link = f'<a href="messages/{escape(mail.id)}.eml">{escape(mail.subject or "(sans objet)")}</a>'
    return _row(escape(mail.date), escape(", ".join(mail.to)), link, mail.deliveries)


def _text_row(text: Text) -> str:
    return _row(escape(text.received_at), escape(text.to), escape(text.text), text.deliveries)


def _row(date: str, to: str, content: str, deliveries: int) -> str:
    return f"<tr><td>{date}</td><td>{to}</td><td>{content}</td><td>{deliveries}</td></tr>"


def _empty(words: str) -> str:
    return f'<tr><td colspan="4">{words}</td></tr>'
