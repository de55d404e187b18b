"""What several processes have counted is one number, whoever of them still lives."""

import subprocess
import sys
from pathlib import Path

from local.observing.sampling import Sampler
from local.observing.series import History

COUNTING = """
import sys
from metrics.instruments import Counter, Gauge, Histogram
counted = Counter("tried_total", "Tried", ["kind"])
counted.labels("a").inc(int(sys.argv[1]))
Gauge("level", "Level").set(int(sys.argv[1]))
Histogram("took_seconds", "Took", ["service"]).labels("own").observe(0.02)
"""
LAYER = Path(__file__).parents[3] / "layers/metrics/python"


def count(folder: Path, amount: int) -> None:
    """One process that counts and ends."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [sys.executable, "-c", COUNTING, str(amount)],
        env={"PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": str(LAYER)},
        check=True,
    )


def test_a_service_is_the_sum_of_its_processes_and_its_gauge_is_the_newest(tmp_path: Path) -> None:
    for amount in (1, 5, 3):
        count(tmp_path / "claims", amount)
    count(tmp_path / "audit", 10)
    told = History([Sampler(tmp_path).take(())])
    assert told.latest("tried_total", kind="a", service="claims") == 9
    assert told.latest("tried_total", kind="a", service="audit") == 10
    assert told.latest("level", service="claims") == 3
    assert told.latest("took_seconds_count") == 4
    assert told.label_values("took_seconds_count", "service") == ["own"]
    assert told.quantile("took_seconds", 0.5) is not None


def test_where_nothing_was_started_there_is_nothing(tmp_path: Path) -> None:
    assert Sampler(tmp_path / "missing").take(()).values == {}


def test_a_damaged_file_hides_its_service_alone(tmp_path: Path) -> None:
    for service in ("audit", "claims"):
        count(tmp_path / service, 3)
    (tmp_path / "audit" / "counter_999999.db").write_bytes(b"\x01\xff\xff\x7fodd")
    told = History([Sampler(tmp_path).take(())])
    assert told.label_values("tried_total", "service") == ["claims"]
