"""`python -m local.lab6 --orders-fd N --customers-fd N`: both services on inherited sockets."""

import argparse
import asyncio
import signal
import sys

import uvloop

from local.lab6.application import Service
from local.lab6.customers import customers
from local.lab6.orders import orders

SEED_DEFAULT = 6


async def serve(orders_fd: int, customers_fd: int, seed: int) -> None:
    """Serve until SIGTERM."""
    servers = [Service(orders(seed), orders_fd).server, Service(customers(seed), customers_fd).server]

    def stop(*_: object) -> None:
        for server in servers:
            server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    await asyncio.gather(*(server.serve() for server in servers))


def main() -> int:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m local.lab6", description=__doc__)
    parser.add_argument("--orders-fd", type=int, required=True, help="the listening socket of the order service")
    parser.add_argument("--customers-fd", type=int, required=True, help="the listening socket of the customer service")
    parser.add_argument("--seed", type=int, default=SEED_DEFAULT, help="another seed makes other data")
    arguments = parser.parse_args()
    uvloop.run(serve(arguments.orders_fd, arguments.customers_fd, arguments.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
