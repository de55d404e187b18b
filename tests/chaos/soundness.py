"""What must be true of a system after whatever was done to it."""

from collections.abc import Sequence

import redis

from local.loadtest.scenario import LoadedClaim
from local.paths import DEFAULT_TEMPLATE
from local.state import data_directory, running_state
from local.supervisor.system import read_template
from local.verify.check import check
from local.verify.findings import Result
from local.verify.report import summary
from local.verify.subscribers import read_subscribers
from tests.system import RunningSystem, eventually

WHOLE_SECONDS_MAX = 60
SETTLED_SECONDS_MAX = 90


def wait_until_whole(system: RunningSystem) -> None:
    """Return once every process runs and is ready."""

    def missing() -> list[str]:
        state = running_state(data_directory(system.data))
        assert state is not None, "the supervisor is gone"
        return [each.name for each in state.processes if each.state != "ready" or not each.is_alive()]

    left = eventually(missing, lambda names: not names, WHOLE_SECONDS_MAX)
    assert not left, f"not back: {', '.join(left)}; the log of the first:\n{system.log(left[0])}"


def check_sound(system: RunningSystem, claims: Sequence[LoadedClaim]) -> Result:
    """Every acknowledged event is in the log, once and in order, and has had each of its effects once."""
    wait_until_whole(system)
    check_log(system, claims)
    redis_url, mongo_url, postgres_url = (system.url(name) for name in ("redis", "mongo", "postgres"))
    subscribers = read_subscribers(read_template(DEFAULT_TEMPLATE))
    result = check(redis_url, mongo_url, postgres_url, subscribers, wait_seconds=SETTLED_SECONDS_MAX)
    assert result.is_clean, summary(result)
    assert not any(result.in_flight.values()), summary(result)
    return result


def check_log(system: RunningSystem, claims: Sequence[LoadedClaim]) -> None:
    """What a client was told is what the log holds: `verify` knows of nothing that is missing there."""
    with redis.Redis.from_url(system.url("redis"), decode_responses=True) as log:
        pipeline = log.pipeline(transaction=False)
        for claim in claims:
            pipeline.xrange(f"claim:{claim.claim_id}")
        for claim, entries in zip(claims, pipeline.execute(), strict=True):
            held = [fields["event"] for _, fields in entries]
            assert len(held) == len(claim.event_ids), f"{claim.name} was told {claim.event_ids}; the log has {held}"
            for event_id, event in zip(claim.event_ids, held, strict=True):
                assert event_id in event, f"{claim.name} was told {event_id} where the log has {event}"
