"""`logs` as it is called."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from local.cli.logs_options import since
from local.cli.main import read_arguments, run

CLAIMS = '{"level":"info","timestamp":"2026-01-31T12:00:00.5Z","message":"answered","correlation_id":"r1"}'
AUDIT = '{"level":"error","timestamp":"2026-01-31T12:00:01.5Z","message":"failed","correlation_id":"r1"}'


@pytest.fixture
def data(tmp_path: Path) -> str:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/claims-1.log").write_text(CLAIMS + "\n")
    (tmp_path / "logs/audit.log").write_text(AUDIT + "\n")
    (tmp_path / "logs/mongo.log").touch()
    return str(tmp_path)


def test_lines_are_aligned_over_all_processes(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["logs", "--data", data]) == 0
    one, two = capsys.readouterr().out.splitlines()
    assert one.startswith("2026-01-31T12:00:00.500000Z INFO  claims-1 answered ")
    assert two.startswith("2026-01-31T12:00:01.500000Z ERROR audit    failed ")


def test_a_services_name_means_its_processes(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["logs", "claims", "--raw", "--data", data]) == 0
    assert capsys.readouterr().out == CLAIMS + "\n"


def test_a_program_reads_json(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["logs", "--json", "--correlation", "r1", "--level", "error", "--data", data]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["process"], told["message"]) == ("audit", "failed")


@pytest.mark.parametrize("colour", ["always", "never", "auto"])
def test_colours_are_for_terminals_or_who_asks_for_them(
    data: str, capsys: pytest.CaptureFixture[str], colour: str
) -> None:
    assert run(["logs", "--color", colour, "--data", data]) == 0
    assert ("\x1b[" in capsys.readouterr().out) == (colour == "always")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--correlation", "r2"], "no line of correlation id r2 in 3 logs"),
        (["--claim", "c", "--level", "error"], "no line of claim c at level error or above in 3 logs"),
        (["--since", "2026-02-01"], "no line since 2026-02-01T00:00:00+00:00 in 3 logs"),
        (["mongo"], "no line in 1 log"),
        (["audit", "nobody"], "there is no log of nobody; there are: audit, claims-1, mongo"),
    ],
)
def test_where_there_is_nothing_it_says_so(
    data: str, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert run(["logs", *arguments, "--data", data]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", f"recours: {words}\n")


def test_a_claims_requests_are_known_from_all_logs(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    (Path(data) / "logs/mongo.log").write_text('{"message":"published","claim_id":"c1","correlation_id":"r1"}\n')
    assert run(["logs", "claims", "--claim", "c1", "--raw", "--data", data]) == 0
    assert capsys.readouterr().out == CLAIMS + "\n"


def test_who_wants_no_line_is_given_none(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["logs", "-n", "0", "--data", data]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90s", "2026-01-31T11:58:30"),
        ("10m", "2026-01-31T11:50:00"),
        ("2h", "2026-01-31T10:00:00"),
        ("1d", "2026-01-30T12:00:00"),
        ("999999999d", "1970-01-01T00:00:00"),
        ("11:59", "2026-01-31T11:59:00"),
        ("12:00:01", "2026-01-30T12:00:01"),
        ("2026-01-02", "2026-01-02T00:00:00"),
        ("2026-01-02T03:04", "2026-01-02T03:04:00"),
        ("2026-01-02T03:04+02:00", "2026-01-02T01:04:00"),
    ],
)
def test_a_time_is_told_in_several_ways(text: str, expected: str) -> None:
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp()
    assert since(text, noon) == datetime.fromisoformat(expected).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--since", "soon"],
        ["-n", "-1"],
        ["-n", "many"],
        ["--correlation", ""],
        ["--claim", "\udcff"],
        ["--level", "loud"],
        ["--json", "--raw"],
    ],
)
def test_wrong_use_is_told_in_a_line(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments(["logs", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
