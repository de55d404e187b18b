"""`python -m local.gateway --template FILE --fd N`: the gateway on an inherited socket."""

import argparse
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from local.apigateway.serving import InheritedSocketServer, inherited
from local.environment.log import log
from local.environment.settings import parameters_from_environment, ports_from_environment, template_from
from local.gateway.application import Gateway
from local.gateway.services import read_services
from local.template import TemplateError


def main() -> int:
    """Serve until SIGTERM (exit code 0); 1 where the template cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m local.gateway", description=__doc__)
    parser.add_argument("--template", type=Path, required=True)
    parser.add_argument("--fd", type=int, required=True, help="the listening socket that was inherited")
    arguments = parser.parse_args()
    try:
        gateway = _gateway(arguments.template)
    except TemplateError as error:
        log("error", "the template cannot be run", reason=str(error))
        return 1
    server = InheritedSocketServer(gateway, inherited(arguments.fd))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: server.stop())
    server.run()
    return 0


def _gateway(path: Path) -> Gateway:
    template = template_from(path)
    services = read_services(template, ports_from_environment())
    parameters = parameters_from_environment()
    return Gateway(template, services, _mail_url(parameters), parameters.get("RedisUrl") or None)


def _mail_url(parameters: Mapping[str, str]) -> str | None:
    """Where the mail catcher's page stands: it is what takes the text messages, at `SmsUrl`."""
    parts = urlsplit(parameters.get("SmsUrl", ""))
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else None


if __name__ == "__main__":
    sys.exit(main())
