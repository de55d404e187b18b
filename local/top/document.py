"""The figures as the JSON of `./recours top --json`:

    {"at": "2026-01-31T12:00:00.000000Z", "up_seconds": 47.7, "window_seconds": 300.0,
     "claims": {"created_total": 200, "created_in_window": 200, "per_second": 0.0, "peak_per_second": 45.1,
                "by_type": {"billing_error": 50, …}},
     "events": {"published_total": …, …}, "notifications": {"sent_total": …, …},
     "audit_entries": {"created_total": …, …}, "projections": {"updated_total": …, …},
     "replays": {"performed_total": …, …}, "snapshots": {"created_total": …, …},
     "http": [{"service": "claims", …}], "subscribers": [{"service": "projection", "group": …, …}],
     "queries": [{"query_type": "claim", …}], "environments": [{"function": "ClaimsFunction", …}],
     "processes": [{"process": "gateway", …}], "stores": [{"store": "log", …}]}

The objects in the lists are those of `local.top.figures`. What is not known is null; `per_second` is over the last ten
seconds, `peak_per_second` the most between two looks of the window, quantiles are over the window.
"""

from collections.abc import Mapping
from dataclasses import asdict

from local.top.figures import Figures, Flow

_DONE = {
    "claims": "created",
    "events": "published",
    "notifications": "sent",
    "audit_entries": "created",
    "projections": "updated",
    "replays": "performed",
    "snapshots": "created",
}


def document(figures: Figures) -> Mapping[str, object]:
    """Plain data with these names; each number that is whole is an integer."""
    flows = {name: _flow(getattr(figures, name), done) for name, done in _DONE.items()}
    whole = _whole({**asdict(figures), **flows})
    assert isinstance(whole, dict), "an object stays one"
    return whole


def _flow(flow: Flow | None, done: str) -> Mapping[str, object] | None:
    if flow is None:
        return None
    told = asdict(flow)
    return {f"{done}_total": told.pop("total"), f"{done}_in_window": told.pop("in_window"), **told}


def _whole(value: object) -> object:
    match value:
        case dict():
            return {name: _whole(each) for name, each in value.items()}
        case list():
            return [_whole(each) for each in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
