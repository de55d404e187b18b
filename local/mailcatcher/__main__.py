"""`python -m local.mailcatcher --smtp-fd N --http-fd N --directory DIR`: both sides on inherited sockets."""

import argparse
import signal
import sys
from pathlib import Path

import uvloop

from local.apigateway.serving import InheritedSocketServer, inherited
from local.mailcatcher.application import MailCatcher
from local.mailcatcher.mails import Mails
from local.mailcatcher.smtp import serve_smtp
from local.mailcatcher.texts import Texts


async def serve(smtp_fd: int, http_fd: int, directory: Path) -> None:
    """Serve until SIGTERM. The messages stand in `mail/` and `sms/` below the directory."""
    mails, texts = Mails(directory / "mail"), Texts(directory / "sms")
    application = MailCatcher(mails, texts).application()
    http = InheritedSocketServer(application, inherited(http_fd))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: http.stop())
    smtp = await serve_smtp(mails, inherited(smtp_fd))
    await http.serve()
    smtp.close()


def main() -> int:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.mailcatcher", description=__doc__)
    parser.add_argument("--smtp-fd", type=int, required=True, help="the listening socket for SMTP that was inherited")
    parser.add_argument("--http-fd", type=int, required=True, help="the listening socket for HTTP that was inherited")
    parser.add_argument("--directory", type=Path, required=True, help="where the messages are kept")
    arguments = parser.parse_args()
    uvloop.run(serve(arguments.smtp_fd, arguments.http_fd, arguments.directory))
    return 0


if __name__ == "__main__":
    sys.exit(main())
