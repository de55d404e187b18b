"""Where the order and customer services are: simulated here, somebody else's, or nobody's."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from local.supervisor.plan import NOBODY
from local.supervisor.sockets import port_of

VARIABLES = ("ORDER_SERVICE_URL", "CUSTOMER_SERVICE_URL")


class Lab6UrlError(Exception):
    """The environment does not say where both services are."""


@dataclass(frozen=True)
class Lab6Listeners:
    """The sockets of the simulated services."""

    orders: socket.socket
    customers: socket.socket


def given_urls(environment: Mapping[str, str] = os.environ) -> tuple[str, str] | None:
    """Return where somebody else's order and customer services are; None where the environment names neither.

    Raises Lab6UrlError where it names one of them, or something that is no HTTP address.
    """
    urls = [environment.get(name, "").rstrip("/") for name in VARIABLES]
    if not any(urls):
        return None
    for name, url in zip(VARIABLES, urls, strict=True):
        if not url:
            raise Lab6UrlError(f"{name} is needed too: both {' and '.join(VARIABLES)}, or neither")
        if not _is_http(url):
            raise Lab6UrlError(f"{name} is no address as http://host:port")
    orders, customers = urls
    return orders, customers


def lab6_urls(listeners: Lab6Listeners | None, environment: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """Return the addresses of the order and the customer service, nobody's where there are none."""
    if listeners is not None:
        orders, customers = port_of(listeners.orders), port_of(listeners.customers)
        return f"http://127.0.0.1:{orders}", f"http://127.0.0.1:{customers}"
    return given_urls(environment) or (NOBODY, NOBODY)


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
