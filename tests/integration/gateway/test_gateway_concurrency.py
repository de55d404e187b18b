"""How many invocations run at once, where, and what happens to the others."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

from tests.integration.gateway.gateway_process import Gateway, Trials, eventually

REQUESTS, CONNECTIONS = 500, 16


def test_slow_requests_get_environments_up_to_the_limit_and_the_rest_wait_for_their_turn(
    trials: Trials, gateway: Gateway
) -> None:
    with ThreadPoolExecutor(7) as pool:
        asked = [gateway.asking(pool, "/patient?do=hold&gate=several") for _ in range(7)]
        pids = trials.await_begun("several", 3)
        # All three wait at the gate: were there a fourth environment, or two invocations in one, it would be there too.
        assert eventually(lambda: trials.begun("several"), lambda found: len(found) > 3, seconds=1.0) == pids
        trials.open("several")
        answers = [one.result().json() for one in asked]
    turns = defaultdict(list)
    for answer in answers:
        turns[answer["pid"]].append((answer["from_s"], answer["to_s"]))
    assert set(turns) == set(pids)
    for one_after_the_other in turns.values():
        for (_, ended_s), (began_s, _) in pairwise(sorted(one_after_the_other)):
            assert ended_s <= began_s


def test_an_environment_stays_warm_and_remembers_what_its_module_has(gateway: Gateway) -> None:
    first, second, third = (gateway.ask("/hasty").json() for _ in range(3))
    assert first["pid"] == second["pid"] == third["pid"]
    assert [second["calls"], third["calls"]] == [first["calls"] + 1, first["calls"] + 2]


def test_an_invocation_begins_with_its_whole_time_however_long_it_waited_for_its_turn(gateway: Gateway) -> None:
    # Eight times 0.6 s in three environments: the last waits for longer than the function's Timeout of a second.
    with ThreadPoolExecutor(8) as pool:
        asked = [gateway.asking(pool, "/hasty?do=sleep&s=0.6") for _ in range(8)]
        assert [one.result().status for one in asked] == [200] * 8


def test_one_more_than_the_reserved_concurrency_is_told_to_come_again(trials: Trials, gateway: Gateway) -> None:
    with ThreadPoolExecutor(2) as pool:
        held = [gateway.asking(pool, "/reserved?do=hold&gate=reserved") for _ in range(2)]
        trials.await_begun("reserved", 2)
        refused = gateway.ask("/reserved")
        others = gateway.ask("/patient")
        trials.open("reserved")
        assert [one.result().status for one in held] == [200, 200]
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert refused.headers["content-type"] == "application/problem+json"
    assert others.status == 200
    assert gateway.ask("/reserved").status == 200


def test_a_function_with_no_concurrency_at_all_is_never_invoked(gateway: Gateway) -> None:
    assert [gateway.ask("/closed").status for _ in range(2)] == [429, 429]
    assert not [name for name in gateway.records() if name.startswith("Closed")]


def test_answers_are_never_mixed_up(gateway: Gateway) -> None:
    def ask(marker: int) -> object:
        return gateway.ask(f"/hasty?marker={marker}").json()["marker"]

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        assert list(pool.map(ask, range(REQUESTS))) == [str(marker) for marker in range(REQUESTS)]
