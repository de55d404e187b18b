from local.supervisor.backoff import FIRST_SECONDS, LONGEST_SECONDS, STEADY_SECONDS, Backoff


def test_each_quick_death_doubles_the_wait_up_to_the_longest() -> None:
    backoff = Backoff()
    waits = [backoff.wait_after(0.0) for _ in range(8)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert waits[-1] == LONGEST_SECONDS


def test_a_steady_run_starts_the_waits_over() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.wait_after(0.0)
    assert backoff.wait_after(STEADY_SECONDS) == FIRST_SECONDS
    assert backoff.wait_after(0.0) == FIRST_SECONDS * 2
