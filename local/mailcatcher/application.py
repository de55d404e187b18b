"""The HTTP side: read what was caught, take text messages, empty everything."""

from dataclasses import asdict

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from local.mailcatcher.mails import Mail, Mails
from local.mailcatcher.page import render_list
from local.mailcatcher.problems import on_http_error, problem_response
from local.mailcatcher.texts import InvalidTextError, Texts

LIMIT_DEFAULT, LIMIT_MAX = 100, 10_000
SMS_BYTES_MAX = 64 * 1024
PAGE_MESSAGES = 200


class MailCatcher:
    """The handlers, with the messages that they are about."""

    def __init__(self, mails: Mails, texts: Texts) -> None:
        self._mails = mails
        self._texts = texts

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/", self.page, methods=["GET"]),
            Route("/health", self.health, methods=["GET"]),
            Route("/messages", self.list_mails, methods=["GET"]),
            Route("/messages", self.delete_all, methods=["DELETE"]),
            Route("/messages/{mail_id}.eml", self.raw_mail, methods=["GET"]),
            Route("/messages/{mail_id}", self.one_mail, methods=["GET"]),
            Route("/sms", self.list_texts, methods=["GET"]),
            Route("/sms", self.take_text, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: on_http_error})

    async def list_mails(self, request: Request) -> Response:
        """`GET /messages?to=&limit=`: `{messages, count, total}`, the newest first."""
        found = self._mails.newest(request.query_params.get("to"), _limit(request))
        return _json({"messages": [self._shown(m) for m in found], "count": len(found), "total": len(self._mails)})

    async def one_mail(self, request: Request) -> Response:
        """`GET /messages/{id}`."""
        return _json(self._shown(self._mail(request)))

    async def raw_mail(self, request: Request) -> Response:
        """`GET /messages/{id}.eml`: the message as it was delivered."""
        return Response(self._mails.raw(self._mail(request).id), media_type="message/rfc822")

    async def list_texts(self, request: Request) -> Response:
        """`GET /sms?to=&limit=`: `{messages, count, total}`, the newest first."""
        found = self._texts.newest(request.query_params.get("to"), _limit(request))
        return _json({"messages": [asdict(t) for t in found], "count": len(found), "total": len(self._texts)})

    async def take_text(self, request: Request) -> Response:
        """`POST /sms` `{to, text, reference}`: 201 once it is on the disk."""
        body = await request.body()
        if len(body) > SMS_BYTES_MAX:
            raise HTTPException(413, f"a text message has at most {SMS_BYTES_MAX} bytes")
        try:
            # Not in a thread: the write is short, and two of one reference must not both be the first.
            text = self._texts.keep(body)
        except InvalidTextError as error:
            status, errors = (422, [{"field": error.field, "message": str(error)}]) if error.field else (400, None)
            return problem_response(request, status, str(error), errors)
        return _json({"id": text.id, "deliveries": text.deliveries}, 201)

    async def delete_all(self, _request: Request) -> Response:
        """`DELETE /messages`: empties the catcher, text messages included."""
        self._mails.clear()
        self._texts.clear()
        return Response(status_code=204)

    async def health(self, _request: Request) -> Response:
        """`GET /health`."""
        return _json({"status": "healthy", "service": "mailcatcher"})

    async def page(self, _request: Request) -> Response:
        """`GET /`: the newest messages, for a person."""
        mails, texts = self._mails.newest(None, PAGE_MESSAGES), self._texts.newest(None, PAGE_MESSAGES)
        return HTMLResponse(
            render_list(mails, texts),
            headers={"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'"},
        )

    def _mail(self, request: Request) -> Mail:
        mail_id = request.path_params["mail_id"]
        mail = self._mails.get(mail_id)
        if mail is None:
            raise HTTPException(404, f"there is no message {mail_id}")
        return mail

    def _shown(self, mail: Mail) -> dict[str, object]:
        shown = asdict(mail)
        return {**shown, "from": shown.pop("sender"), "text": self._mails.text(mail.id)}


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(LIMIT_DEFAULT))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LIMIT_MAX:
        raise HTTPException(422, f"limit is a whole number from 1 to {LIMIT_MAX}")
    return int(text)


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
