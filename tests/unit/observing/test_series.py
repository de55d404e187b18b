"""What can be asked of the last minutes of every metric."""

import pytest

from local.observing.history import Recorder
from local.observing.series import History, Sample, read_key, write_key

LE = ("0.1", "1.0", "+Inf")


def history(*values: dict[str, float]) -> History:
    """Samples at 0, 2, 4, … seconds."""
    return History([Sample(2.0 * place, each) for place, each in enumerate(values)])


def counted(*values: float) -> History:
    return history(*({"events_total": value} for value in values))


def buckets(*counts: float) -> dict[str, float]:
    """A histogram's buckets, as they are told: each with all that are below."""
    return {write_key("time_seconds_bucket", {"le": le}): count for le, count in zip(LE, counts, strict=True)}


def test_a_counter_grows_by_what_is_more_than_before_the_window() -> None:
    assert counted(10, 13, 14, 20).increase("events_total", 4) == 7


def test_without_a_window_all_that_was_counted_is_the_growth() -> None:
    assert counted(10, 13).increase("events_total") == 13


def test_a_counter_that_went_back_was_started_anew() -> None:
    assert counted(10, 12, 3).increase("events_total", 60) == 2 + 3


def test_a_series_that_came_later_grew_from_nothing() -> None:
    told = history({"other_total": 1.0}, {"other_total": 1.0, "events_total": 5.0})
    assert told.increase("events_total", 60) == 5


def test_what_nobody_counted_is_unknown_and_not_nothing() -> None:
    told = counted(1, 2)
    assert told.increase("never_total", 60) is None
    assert told.latest("never_total") is None
    assert told.rate("never_total", 60) is None
    assert told.peak_rate("never_total", 60) is None
    assert told.quantile("never_seconds", 0.95) is None


def test_a_rate_is_over_the_time_that_there_are_samples_of() -> None:
    assert counted(0, 2, 10).rate("events_total", 60) == 10 / 4
    assert counted(7).rate("events_total", 60) is None


def test_the_peak_is_the_steepest_step() -> None:
    assert counted(0, 2, 10, 10).peak_rate("events_total", 60) == 4


def test_labels_choose_and_what_is_not_asked_for_is_added_up() -> None:
    told = history({'lag{group="a",service="x"}': 3.0, 'lag{group="b",service="x"}': 4.0, "lagging": 100.0})
    assert told.latest("lag") == 7
    assert told.latest("lag", group="b") == 4
    assert told.largest("lag") == 4
    assert told.label_values("lag", "group") == ["a", "b"]


@pytest.mark.parametrize(
    ("counts", "q", "expected"),
    [
        ((10, 10, 10), 0.5, 0.05),  # evenly spread within the first bucket, which begins at 0
        ((0, 10, 10), 0.5, 0.1 + 0.9 * 0.5),
        ((5, 10, 10), 0.95, 0.1 + 0.9 * 0.9),
        ((0, 0, 10), 0.5, 1.0),  # beyond the last bound it is that bound
        ((0, 0, 0), 0.5, None),
    ],
)
def test_a_quantile_is_what_prometheus_makes_of_the_buckets(
    counts: tuple[float, ...], q: float, expected: float | None
) -> None:
    found = history(buckets(*counts)).quantile("time_seconds", q)
    assert found == (None if expected is None else pytest.approx(expected))


def test_a_quantile_of_a_window_forgets_what_was_before() -> None:
    told = history(buckets(100, 100, 100), buckets(100, 110, 110))
    assert told.quantile("time_seconds", 0.5, 1) == pytest.approx(0.1 + 0.9 * 0.5)


def test_quantiles_are_those_of_each_step_and_none_where_nothing_was_observed() -> None:
    told = history(buckets(100, 100, 100), buckets(110, 110, 110), buckets(110, 110, 110), buckets(110, 120, 120))
    assert told.quantiles("time_seconds", 0.5, 60) == [pytest.approx(0.05), None, pytest.approx(0.1 + 0.9 * 0.5)]
    assert told.quantiles("time_seconds", 0.5, 2) == [pytest.approx(0.1 + 0.9 * 0.5)]
    assert told.quantiles("never_seconds", 0.5, 60) == [None, None, None]


@pytest.mark.parametrize("value", ["", 'say "no"', "back\\slash", "two\nlines", "{a=b,c}"])
def test_a_key_is_read_as_it_was_written(value: str) -> None:
    labels = {"zeta": value, "alpha": "1"}
    assert read_key(write_key("name", labels)) == ("name", labels)


def test_what_the_recorder_answers_reads_as_what_it_was_given() -> None:
    recorder = Recorder(0.0, 2.0)
    given = [Sample(0.0, {"a": 1.0, "b": 1.0}), Sample(2.0, {"a": 2.0, "b": 1.0}), Sample(4.0, {"a": 2.0, "b": 1.0})]
    for sample in given:
        recorder.add(sample)
    assert list(read(recorder).samples) == given


def test_the_first_sample_of_a_later_answer_is_complete_too() -> None:
    recorder = Recorder(0.0, 2.0)
    for at in range(4):
        recorder.add(Sample(float(at), {"a": 1.0, "b": float(at)}))
    assert list(read(recorder, since=2.0).samples) == [
        Sample(2.0, {"a": 1.0, "b": 2.0}),
        Sample(3.0, {"a": 1.0, "b": 3.0}),
    ]


def test_the_recorder_lets_go_of_what_is_too_old_and_still_knows_every_value() -> None:
    recorder = Recorder(0.0, 2.0, kept_s=10.0)
    recorder.add(Sample(0.0, {"still": 7.0}))
    for at in range(2, 102, 2):
        recorder.add(Sample(float(at), {"still": 7.0, "counted": float(at)}))
    samples = read(recorder).samples
    assert len(samples) == 7
    assert (samples[0].at, samples[-1].at) == (88.0, 100.0)
    assert samples[0].values == {"still": 7.0, "counted": 88.0}


def test_an_answer_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="no list of samples"):
        History.from_answer({"error": "not found"})


def read(recorder: Recorder, since: float = 0.0) -> History:
    import json

    return History.from_answer(json.loads(recorder.answer(since)))


def test_a_clock_that_was_set_back_makes_no_time_without_length() -> None:
    recorder = Recorder(0.0, 2.0)
    for at in (4.0, 4.0, 3.0, 6.0):
        recorder.add(Sample(at, {"events_total": at}))
    told = read(recorder)
    assert [sample.at for sample in told.samples] == [4.0, 6.0]
    assert told.rate("events_total", 60) == 1
