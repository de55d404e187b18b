"""Each format that a process or a server writes is read with its time, its level and its words."""

from datetime import UTC, datetime

import pytest

from local.logs.formats import begins_entry, read_line

AT = datetime(2026, 1, 31, 12, 0, 0, 123000, UTC).timestamp()


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        ('{"level":"warning","timestamp":"2026-01-31T12:00:00.123Z","message":"slow"}', "warning", "slow"),
        ('{"level":"INFO","timestamp":"2026-01-31 13:00:00,123+0100","message":"said"}', "info", "said"),
        ('{"level":"WARN","timestamp":1769860800123,"message":{"a":1}}', "warning", '{"a":1}'),
        ('{"timestamp":"2026-01-31T12:00:00.123","message":"in no zone"}', "info", "in no zone"),
        ("2026-01-31T12:00:00.123+00:00 starting postgres", "info", "starting postgres"),
        (
            "2026-01-31T12:00:00.123+00:00 note gateway ended with 1; starting it again in 0.5 s",
            "warning",
            "note gateway ended with 1; starting it again in 0.5 s",
        ),
        ("2026-01-31T12:00:00.123Z 0938 Task timed out after 2.00 seconds", "error", None),
        ("2026-01-31T12:00:00.123Z 0938 Runtime exited with error: exit status 3", "error", None),
        ("[WARNING]\t2026-01-31T12:00:00.123Z\t0938\tcareful", "warning", "careful"),
        ("2026-01-31 12:00:00.123 UTC [240] LOG:  listening", "info", "listening"),
        ("2026-01-31 12:00:00.123 UTC [240] recours@recours ERROR:  no table", "error", "no table"),
        ("2026-01-31 12:00:00.123 GMT [240] PANIC:  disk full", "critical", "disk full"),
        ("29228:M 31 Jan 2026 12:00:00.123 # WARNING overcommit", "warning", "WARNING overcommit"),
        ("29228:M 31 Jan 2026 12:00:00.123 * Ready", "info", "Ready"),
        ("2026-01-31 12:00:00,123 WARNING secantus.server: odd", "warning", "secantus.server: odd"),
    ],
)
def test_a_line_is_read_in_its_format(line: str, level: str, message: str | None) -> None:
    entry = read_line("one", line)
    assert entry is not None
    assert begins_entry(line.encode())
    assert (entry.at, entry.level) == (AT, level)
    assert entry.message == (message if message is not None else line.partition(" ")[2])
    assert entry.line == line


def test_the_other_keys_of_a_json_line_are_its_facts() -> None:
    entry = read_line("one", '{"level":"info","timestamp":"2026-01-31T12:00:00Z","message":"m","claim_id":"c","n":3}')
    assert entry is not None
    assert entry.facts == {"claim_id": "c", "n": 3}
    assert entry.fact("n") == "3"


@pytest.mark.parametrize(
    "at", ["null", '"soon"', '"9999-12-31T23:59:59-23:59"', '"0001-01-01T00:00:00Z"', "1e300", "-1", "true", "[]", "{}"]
)
def test_what_is_no_time_is_none(at: str) -> None:
    entry = read_line("one", f'{{"message":"m","timestamp":{at}}}')
    assert entry is not None
    assert (entry.at, entry.is_dated, entry.message) == (0.0, False, "m")


@pytest.mark.parametrize(
    "line",
    [
        "{not json",
        '["a list"]',
        '{"no":"message"}',
        "\x00\x01binary",
        "",
        "2026-13-45T99:99:99Z words",
        "1:M 99 Foo 2026 12:00:00.123 * words",
        "1:signal-handler (99999999999999) words",
        "[" * 100_000,
    ],
)
def test_a_line_of_no_format_is_none(line: str) -> None:
    assert read_line("one", line) is None


def test_what_postgres_tells_more_of_an_error_belongs_to_it() -> None:
    assert not begins_entry(b"2026-01-31 12:00:00.123 UTC [240] STATEMENT:  SELECT 1")
    assert not begins_entry(b"\tFROM claims")
    assert not begins_entry(b'  File "app.py", line 10, in hello')
