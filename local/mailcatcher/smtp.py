"""The SMTP side: a message is answered with 250 once it is on the disk, and not before."""

import asyncio
import socket

from aiosmtpd.smtp import SMTP, Envelope, Session

from local.environment.log import log
from local.mailcatcher.mails import Mails

MESSAGE_BYTES_MAX = 25 * 1024 * 1024


class _Handler:
    """What aiosmtpd calls for each message."""

    def __init__(self, mails: Mails) -> None:
        self._mails = mails

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message, then answer."""
        assert isinstance(envelope.content, bytes)
        try:
            # Not in a thread: the write is short, and two deliveries of one message must not both be the first.
            self._mails.keep(envelope.mail_from or "", envelope.rcpt_tos, envelope.content)
        except OSError as error:
            log("error", "the message cannot be kept", reason=str(error))
            return "451 The message cannot be written; try again later"
        return "250 Message kept"


async def serve_smtp(mails: Mails, listener: socket.socket) -> asyncio.Server:
    """Start to take e-mail on a listening socket."""
    loop = asyncio.get_running_loop()
    handler = _Handler(mails)

    def protocol() -> SMTP:
        # The name is given, or aiosmtpd would ask the DNS for it on every connection.
        return SMTP(
            handler, data_size_limit=MESSAGE_BYTES_MAX, enable_SMTPUTF8=True, hostname="localhost", ident="Recours",
            loop=loop,
        )  # fmt: skip

    return await loop.create_server(protocol, sock=listener)
