"""What the load test tells of a run."""

import io
from dataclasses import replace

import pytest

from local.loadtest.progress import Progress
from local.loadtest.result import Result, spread_of, summary
from local.loadtest.tally import Failure, Tally
from local.loadtest.workers import work_through

GOOD = Result(
    run="run",
    claims=2,
    threads=1,
    acknowledged=10,
    retries=1,
    errors_by_status={"503": 1},
    seconds=0.5,
    settled_seconds=0.1,
    commands_per_second=20,
    claims_per_second=4,
    command=spread_of([0.001, 0.002]),
    read_model=spread_of([0.01]),
    audit=spread_of([]),
    query=spread_of([0.002]),
    failures=(),
)


def test_percentiles_are_values_that_were_measured() -> None:
    spread = spread_of([float(number) for number in range(100, 0, -1)])
    assert (spread.p50, spread.p95, spread.p99, spread.max) == (50, 95, 99, 100)
    assert spread_of([]).p50 is None


def test_a_failure_is_told_with_its_claim_and_makes_the_run_a_bad_one() -> None:
    bad = replace(GOOD, failures=(Failure("claim_7", "is missing"),))
    assert "claim_7: is missing" in summary(bad)
    assert "each exactly" not in summary(bad)
    assert bad.to_dict()["ok"] is False
    assert list(bad.to_dict()["failures"]) == [{"claim": "claim_7", "what": "is missing"}]


def test_a_good_run_says_what_was_verified() -> None:
    assert "each exactly: 5 events archived" in summary(GOOD)
    assert "503: 1; 1 retries" in summary(GOOD)
    assert "nothing was measured" in summary(GOOD)


def test_the_same_failure_is_kept_once() -> None:
    tally = Tally(lambda _count: None)
    for _ in range(2):
        tally.failed("claim_7", "is missing")
    assert tally.failures == [Failure("claim_7", "is missing")]


def test_a_program_can_read_how_far_it_is() -> None:
    stream = io.StringIO()
    progress = Progress("acknowledged", 100, stream)
    for done in range(1, 101):
        progress.show(done)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 20
    assert (lines[0], lines[-1]) == ("acknowledged 5/100", "acknowledged 100/100")


def test_every_item_is_worked_on_once_and_an_error_comes_out() -> None:
    done: list[int] = []
    work_through(range(100), 4, lambda: done.append)
    assert sorted(done) == list(range(100))

    def fail(_item: int) -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong"):
        work_through(range(10), 4, lambda: fail)
