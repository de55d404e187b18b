"""`./recours parked` on a real log, with real pollers."""

import json
from typing import Any

import pytest

from local.cli.main import run
from tests.integration.parked.parked_world import AUDIT, NOTIFICATION, STREAM, World

Said = pytest.CaptureFixture[str]


def parked(world: World, *arguments: str) -> int:
    return run(["parked", *arguments, "--data", str(world.data)])


def parked_json(world: World, said: Said, *arguments: str) -> dict[str, Any]:
    parked(world, *arguments, "--json")
    answer: dict[str, Any] = json.loads(said.readouterr().out)
    return answer


def test_where_nothing_is_parked_it_says_so(world: World, capsys: Said) -> None:
    assert parked(world, "list") == 0
    assert capsys.readouterr().out == "Nothing is parked.\n"
    assert parked(world, "retry") == 0
    assert capsys.readouterr().out == "Nothing is parked.\n"
    answer = parked_json(world, capsys, "list", "--group", AUDIT)
    assert answer == {"parked": [], "count": 0, "by_group": {}, "next_after": None}


def test_a_misspelt_name_finds_nothing_and_is_told_where_something_is(world: World, capsys: Said) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT)
    assert parked(world, "list", "--group", "audit", "--claim", "claim_1") == 0
    assert capsys.readouterr().out == "Nothing of claim_1 is parked for audit. In all there is: audit-service 1.\n"


def test_the_list_has_what_is_parked_and_nothing_else(world: World, capsys: Said) -> None:
    world.append("claim_1", "claim_2", "claim_1")
    world.park("claim_1", AUDIT, NOTIFICATION)
    assert world.subscribers[AUDIT].done == ["2-0"]
    answer = parked_json(world, capsys, "list")
    assert [(line["group"], line["source_id"], line["reason"]) for line in answer["parked"]] == [
        (AUDIT, "1-0", "RetryAttemptsExhausted"),
        (AUDIT, "3-0", "BehindParkedEvent"),
        (NOTIFICATION, "1-0", "RetryAttemptsExhausted"),
        (NOTIFICATION, "3-0", "BehindParkedEvent"),
    ]
    assert (answer["count"], answer["by_group"]) == (4, {AUDIT: 2, NOTIFICATION: 2})
    assert parked(world, "list", "--group", AUDIT, "--claim", "claim_1", "--limit", "1") == 0
    text = capsys.readouterr().out
    assert "1-0" in text
    assert "2 parked (audit-service 2)." in text
    assert "These are the first 1" in text


def test_one_is_shown_with_its_event_its_error_and_its_trace(world: World, capsys: Said) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT)
    assert parked(world, "show", "1-0") == 0
    text = capsys.readouterr().out
    assert "ValueError" in text
    assert "cannot write to marie@example.com" in text
    assert "in _handle" in text
    assert '"name": "Marie Roy"' in text
    shown = parked_json(world, capsys, "show", "1-0")
    assert shown["event"]["event_id"] == "event-1"
    assert parked_json(world, capsys, "show", shown["parked_id"], "--group", AUDIT) == shown


def test_an_id_that_several_groups_have_needs_the_group(world: World, capsys: Said) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT, NOTIFICATION)
    assert parked(world, "show", "1-0") == 2
    error = capsys.readouterr().err
    assert error.startswith("recours: 1-0 is parked in several groups")
    assert error.count("\n") == 1
    assert parked(world, "discard", "1-0", "--reason", "x") == 2
    assert parked(world, "show", "1-0", "--group", AUDIT) == 0


@pytest.mark.parametrize("entry_id", ["2-0", "x", "99999999999999999999999-0", "²-0"])
def test_an_id_that_is_not_parked_is_a_failure_in_one_line(world: World, capsys: Said, entry_id: str) -> None:
    world.append("claim_1", "claim_2")
    world.park("claim_1", AUDIT)
    assert parked(world, "show", entry_id) == 1
    assert capsys.readouterr().err == f"recours: nothing is parked under {entry_id}\n"


def test_a_dry_run_tells_what_would_be_asked_for_and_asks_for_nothing(world: World, capsys: Said) -> None:
    world.append("claim_1", "claim_1")
    world.park("claim_1", AUDIT)
    assert parked(world, "retry", "--dry-run") == 0
    assert capsys.readouterr().out == "audit-service claim_1: 2 events would be handed over again\n"
    answer = parked_json(world, capsys, "retry", "--dry-run")
    assert answer["requested"] == [{"group": AUDIT, "claim_id": "claim_1", "events": 2}]
    assert not world.redis.exists(f"events:parked:{AUDIT}:retry")


def test_once_the_function_is_mended_a_retry_brings_each_claim_up_to_date_in_order(world: World, capsys: Said) -> None:
    world.append("claim_1", "claim_2", "claim_1", "claim_2", "claim_1")
    world.park("claim_1", AUDIT, NOTIFICATION)
    audit, notification = world.subscribers[AUDIT], world.subscribers[NOTIFICATION]
    assert audit.done == ["2-0", "4-0"]
    with audit.running(), notification.running():
        assert parked(world, "retry", "--group", AUDIT, "--claim", "claim_1") == 0
        assert audit.done == ["2-0", "4-0", "1-0", "3-0", "5-0"]
        assert notification.done == ["2-0", "4-0"]
        assert capsys.readouterr().out == "audit-service claim_1: done, 3 events\n"
        answer = parked_json(world, capsys, "retry")
    assert notification.done == ["2-0", "4-0", "1-0", "3-0", "5-0"]
    assert [(retry["group"], retry["state"]) for retry in answer["retries"]] == [(NOTIFICATION, "done")]
    assert world.redis.xpending(STREAM, AUDIT)["pending"] == 0


def test_what_fails_again_stays_parked_and_the_retry_says_where_and_why(world: World, capsys: Said) -> None:
    world.append("claim_1", "claim_1")
    world.park("claim_1", AUDIT)
    audit = world.subscribers[AUDIT]
    audit.poisoned.add("claim_1")
    with audit.running():
        assert parked(world, "retry") == 1
    said = capsys.readouterr().out
    assert "(ValueError: cannot write to marie@example.com); 2 events still parked" in said
    shown = parked_json(world, capsys, "show", "1-0")
    assert shown["last_retry"]["error_type"] == "ValueError"
    assert "in _handle" in shown["last_retry"]["trace"]
    assert shown["parked_id"] in said


def test_where_no_poller_runs_the_retry_ends_after_its_wait_and_stays_asked_for(world: World, capsys: Said) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT)
    assert parked(world, "retry", "--wait", "0.3") == 1
    said = capsys.readouterr().out
    assert "1 event still parked; it stays asked for until a poller of audit-service has done it" in said
    assert world.redis.hkeys(f"events:parked:{AUDIT}:retry") == [b"claim_1"]


def test_what_is_discarded_is_kept_with_the_reason_and_the_rest_of_its_claim_stays_parked(
    world: World, capsys: Said
) -> None:
    world.append("claim_1", "claim_1")
    world.park("claim_1", AUDIT)
    assert parked(world, "discard", "1-0", "--reason", "made by a test") == 0
    text = capsys.readouterr().out
    assert text.startswith("Discarded ")
    assert text.endswith(" of audit-service: ReclamationCreee of claim_1; 1 event of it still parked.\n")
    assert [line["source_id"] for line in parked_json(world, capsys, "list")["parked"]] == ["2-0"]
    ((_, kept),) = world.redis.xrange(f"events:discarded:{AUDIT}")
    assert (kept[b"source_id"], kept[b"discard_reason"]) == (b"1-0", b"made by a test")
    assert kept[b"discarded_by"]
    assert parked(world, "discard", "1-0", "--reason", "again") == 1


def test_a_log_that_does_not_answer_is_told_in_one_line(world: World, capsys: Said) -> None:
    world.redis.config_set("requirepass", "secret")
    try:
        assert parked(world, "list") == 1
    finally:
        world.redis.execute_command("AUTH", "secret")
        world.redis.config_set("requirepass", "")
    error = capsys.readouterr().err
    assert error.startswith("recours: the log does not answer")
    assert error.count("\n") == 1
