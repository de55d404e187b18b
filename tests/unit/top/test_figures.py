"""The figures of `top` are those of the history, and what is not known is not nought."""

import json
from dataclasses import replace

from local.observing.series import History
from local.top.document import document
from local.top.reading import read_figures, read_lines
from local.top.worries import worries
from tests.unit.top.counted import figures, history, history_of, series


def test_claims_are_told_in_all_in_the_window_and_by_the_second() -> None:
    claims = figures(100, 110, 150, 160).claims
    assert claims is not None
    assert (claims.total, claims.in_window, claims.per_second, claims.peak_per_second) == (160, 60, 10, 20)
    assert claims.by_type == {"billing_error": 160}


def test_a_subscriber_is_told_with_what_waits_and_what_it_took() -> None:
    [projection] = figures(0, 100).subscribers
    assert (projection.service, projection.group) == ("projection", "projection-service")
    assert (projection.processed_total, projection.lag_events, projection.parked) == (100, 3, 1)
    assert projection.delivery_p95_ms == 95.5
    assert projection.handling_p95_ms is None


def test_errors_and_refusals_of_the_window_are_told_apart() -> None:
    [http] = figures(0, 100, failed=5).http
    assert (http.service, http.errors, http.refused, http.requests_total) == ("claims", 5, 0, 107)


def test_environments_are_told_with_their_memory_of_its_limit() -> None:
    [environments] = figures(0, 50).environments
    assert (environments.ready, environments.busy, environments.invocations_in_window) == (2, 0, 50)
    assert (environments.throttled, environments.failed) == (0, 0)
    assert environments.init_mean_ms == 300
    assert (environments.memory_bytes, environments.memory_limit_bytes) == (64 << 20, 256 << 20)


def test_processes_are_those_that_there_should_be() -> None:
    gateway, poller = figures(0, 50).processes
    assert (gateway.process, gateway.state, gateway.cpu_percent) == ("gateway", "ready", 25)
    assert (poller.process, poller.state, poller.restarts) == ("projection-poller", "dead", 2)
    assert (poller.memory_bytes, poller.cpu_percent) == (None, None)


def test_a_store_that_is_away_tells_nothing_of_before() -> None:
    [store] = figures(0, 50).stores
    assert (store.up, store.answer_ms, store.memory_bytes) == (False, None, None)


def test_what_nobody_has_counted_yet_is_nought_once_it_could_be() -> None:
    started = {series("snapshots_created_total", service="claims"): 0.0}
    told = read_figures(history_of(started), 0.0, 300.0, [])
    assert told.claims is not None
    assert (told.claims.total, told.claims.in_window, told.claims.per_second) == (0, 0, 0)
    assert told.notifications is None


def test_of_a_foreign_system_there_is_nothing_of_claims() -> None:
    told = read_figures(history_of({series("store_up", store="log"): 1.0}), 0.0, 300.0, [])
    assert (told.claims, told.events, told.replays) == (None, None, None)
    assert (told.http, told.subscribers, told.queries) == ([], [], [])


def test_json_has_a_name_for_each_count_and_null_for_what_is_not_known() -> None:
    told = json.loads(json.dumps(document(figures(100, 160)), allow_nan=False))
    assert told["at"] == "1970-01-01T00:00:04.000000Z"
    assert told["claims"] == {
        "created_total": 160,
        "created_in_window": 60,
        "per_second": 30,
        "peak_per_second": 30,
        "by_type": {"billing_error": 160},
    }
    assert told["subscribers"][0]["handling_p95_ms"] is None
    assert told["notifications"] is None


def test_json_is_valid_from_the_first_look_on() -> None:
    for told in (figures(0), read_figures(History([]), 0.0, 300.0, [])):
        assert json.loads(json.dumps(document(told), allow_nan=False))["up_seconds"] >= 0


def test_lines_have_a_value_a_look_and_gaps_where_there_is_none() -> None:
    lines = read_lines(history(0, 10, 10, 30), 300.0)
    assert lines["claims/s"] == [5, 0, 10]
    assert lines["events waiting"] == [3, 3, 3]
    first, gap, last = lines["event→done P95 ms"]
    assert gap is None
    assert first == last == 95.5


def test_whatever_needs_a_person_is_said_with_what_to_do() -> None:
    assert list(worries(figures(0, 100))) == [
        "the log does not answer",
        "projection-poller is dead: ./recours logs projection-poller",
        "projection has 1 parked: ./recours parked list",
    ]


def test_who_is_behind_and_falls_back_further_needs_a_person() -> None:
    calm = replace(figures(0, 100), stores=[], processes=[])
    [projection] = calm.subscribers
    behind = replace(projection, parked=0, lag_seconds=11.0, lag_grows=True)
    archive = replace(projection, service="event_store", parked=0, lag_seconds=61.0)
    assert not list(worries(replace(calm, subscribers=[replace(behind, lag_grows=False)])))
    assert list(worries(replace(calm, subscribers=[behind, archive]))) == [
        "projection is 11 s behind, and more events wait than before",
        "the archive is 61 s behind: nothing is trimmed from the log meanwhile",
    ]


def test_lag_grows_where_more_waits_than_half_a_minute_ago() -> None:
    waiting = series("stream_lag_events", group="g", service="s")
    [grown] = read_figures(history_of({waiting: 1.0}, {waiting: 2.0}), 0.0, 300.0, []).subscribers
    [shrunk] = read_figures(history_of({waiting: 2.0}, {waiting: 1.0}), 0.0, 300.0, []).subscribers
    assert (grown.lag_grows, shrunk.lag_grows) == (True, False)
