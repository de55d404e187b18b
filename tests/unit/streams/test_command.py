"""`python -m streams` where it is used in a wrong way: one line, exit code 2."""

import json
from pathlib import Path

import pytest

from streams.command import main

MAPPING = {"Stream": "orders", "Group": "printing"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrongly_used.py").write_text("def handler(event, context): ...\n")
    return tmp_path


def run(folder: Path, mapping: object, handler: str) -> int:
    (folder / "mapping.json").write_text(mapping if isinstance(mapping, str) else json.dumps(mapping))
    return main(
        ["--url", "redis://127.0.0.1:1", "--mapping", "mapping.json", "--handler", handler, "--name", "printer"]
    )


@pytest.mark.parametrize(
    ("mapping", "handler", "said"),
    [
        (
            MAPPING | {"BatchSize": 0},
            "wrongly_used.handler",
            "printer: BatchSize must be a whole number from 1 to 10000",
        ),
        (MAPPING | {"Batchsize": 1}, "wrongly_used.handler", "does not know Batchsize"),
        ({"Stream": "orders"}, "wrongly_used.handler", "needs Group"),
        ("{not json", "wrongly_used.handler", "Expecting property name"),
        (MAPPING, "handler", "--handler is module.attribute"),
        (MAPPING, "nowhere_to_be_found.handler", "No module named 'nowhere_to_be_found'"),
        (MAPPING, "wrongly_used.other", "has no attribute 'other'"),
        (
            MAPPING | {"StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": "2999-01-01T00:00:00Z"},
            "wrongly_used.handler",
            "StartingPositionTimestamp must not be in the future",
        ),
        (
            MAPPING | {"ParallelizationFactor": 2, "TumblingWindowInSeconds": 10},
            "wrongly_used.handler",
            "ParallelizationFactor must be 1",
        ),
    ],
)
def test_a_mistake_is_told_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], mapping: object, handler: str, said: str
) -> None:
    assert run(folder, mapping, handler) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_mapping_that_is_not_there_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", "redis://x", "--mapping", "none.json", "--handler", "wrongly_used.handler"]) == 2
    assert "none.json" in capsys.readouterr().err
