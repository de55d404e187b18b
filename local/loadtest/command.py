"""The command: send, wait, verify, tell."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from uuid import uuid4

from local.loadtest.connection import Connection
from local.loadtest.endpoints import Endpoints, find_endpoints
from local.loadtest.options import Options, read_options
from local.loadtest.progress import Progress
from local.loadtest.result import Result, spread_of, summary
from local.loadtest.scenario import COMMANDS_PER_CLAIM, LoadedClaim, next_command
from local.loadtest.sending import GaveUpError, send
from local.loadtest.tally import Tally
from local.loadtest.verification import verify_again, wait_until_settled
from local.loadtest.workers import work_through


def main(arguments: Sequence[str]) -> int:
    """Run the load test; return 0 when every acknowledged command had each effect exactly once, else 1.

    Raises CommandError when there is no system to test.
    """
    options = read_options(arguments)
    result = run(options, find_endpoints(options.data))
    print(json.dumps(result.to_dict()) if options.json else summary(result))
    if not result.is_good:
        print(f"recours: {len(result.failures)} wrong; first {result.failures[0]}", file=sys.stderr)
    return 0 if result.is_good else 1


def run(options: Options, endpoints: Endpoints) -> Result:
    """Send all commands, wait for the subscribers, verify, and return the numbers."""
    name = uuid4().hex[:10]
    claims = [LoadedClaim(name, number) for number in range(options.claims)]
    progress = Progress("acknowledged", options.claims * COMMANDS_PER_CLAIM)
    tally = Tally(progress.show)
    started = time.monotonic()
    work_through(claims, options.threads, lambda: _sender(endpoints, tally))
    sent = time.monotonic()
    progress.close()
    whole = [claim for claim in claims if claim.is_whole]
    wait_until_settled(endpoints, whole, options.threads, sent + options.wait_seconds, tally)
    settled_seconds = time.monotonic() - sent
    delays = verify_again(endpoints, whole, options.threads, tally)
    seconds, acknowledged = sent - started, len(tally.command_seconds)
    return Result(
        run=name,
        claims=options.claims,
        threads=options.threads,
        acknowledged=acknowledged,
        retries=tally.retries,
        errors_by_status=dict(tally.errors),
        seconds=seconds,
        settled_seconds=settled_seconds,
        commands_per_second=acknowledged / seconds,
        claims_per_second=len(whole) / seconds,
        command=spread_of(tally.command_seconds),
        read_model=spread_of(delays.read_model),
        audit=spread_of(delays.audit),
        query=spread_of(delays.query),
        failures=tuple(tally.failures),
    )


def _sender(endpoints: Endpoints, tally: Tally) -> Callable[[LoadedClaim], None]:
    """Return what takes one claim through its life, over a connection of its own."""
    connection = Connection(endpoints.claims)

    def live(claim: LoadedClaim) -> None:
        try:
            while not claim.is_whole:
                answer = send(connection, next_command(claim), tally).json()
                claim.claim_id = answer["claim_id"]
                claim.event_ids.append(answer["event_id"])
        except GaveUpError as error:
            tally.failed(claim.name, str(error))

    return live
