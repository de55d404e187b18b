"""The HTTP routes of the event store, port 8106."""

from chalice import Response

from functions.event_store import bootstrap
from functions.event_store.queries import (
    DiffQuery,
    EventsQuery,
    OfCorrelationQuery,
    OfTypeQuery,
    ReplayQuery,
)
from functions.event_store.service import Moment
from functions.event_store.views import (
    DiffAnswer,
    EventsAnswer,
    ReplayAnswer,
    SnapshotAnswer,
    SnapshotsAnswer,
    StatisticsAnswer,
    aggregate_answer,
    events_answer,
    replay_answer,
    snapshot_answer,
    snapshot_line,
    statistics_answer,
)
from handlers.places import cursor_of, place_of
from handlers.queries import PageQuery, Query
from handlers.responses import json_response
from handlers.service_app import ServiceApp
from handlers.standard_routes import add_standard_routes
from repositories.ports.archive import EventFilter
from repositories.ports.pages import Place

app = ServiceApp(
    "event_store",
    title="Event store",
    description="Every event for good, oldest first; a claim as it was at any moment; snapshots.",
)
add_standard_routes(app, dependencies=lambda: {"mongodb": bootstrap.ping_mongo})


@app.operation("GET", "/events", summary="Events by position", query=EventsQuery, response=EventsAnswer)
def list_events() -> Response:
    """All events, or those of a type, a request or a time."""
    query = app.read_query(EventsQuery)
    return _events(query.to_filter(query.event_type, query.correlation_id), query)


@app.operation("GET", "/events/type/{event_type}", summary="Events of a type", query=OfTypeQuery, response=EventsAnswer)
def list_events_of_type(event_type: str) -> Response:
    """Events of one type."""
    query = app.read_query(OfTypeQuery)
    return _events(query.to_filter(event_type, query.correlation_id), query)


@app.operation(
    "GET",
    "/events/correlation/{correlation_id}",
    summary="Events of a request",
    query=OfCorrelationQuery,
    response=EventsAnswer,
)
def list_events_of_correlation(correlation_id: str) -> Response:
    """Events that follow from one request."""
    query = app.read_query(OfCorrelationQuery)
    return _events(query.to_filter(query.event_type, correlation_id), query)


@app.operation("GET", "/events/{aggregate_id}", summary="Events of a claim", query=PageQuery, response=EventsAnswer)
def list_events_of_aggregate(aggregate_id: str) -> Response:
    """A claim's events by version, or its context's one; 404 for an id that never was."""
    query = app.read_query(PageQuery)
    place = place_of(query)
    # Versions are gapless: an offset is a version.
    events = bootstrap.service().events_of(aggregate_id, (place.position or 0) + place.skip)
    return json_response(aggregate_answer(events, query.limit))


@app.operation("GET", "/replay/{aggregate_id}", summary="A claim at a moment", query=ReplayQuery, response=ReplayAnswer)
def replay_claim(aggregate_id: str) -> Response:
    """The claim rebuilt from its events, up to a time or a version."""
    query = app.read_query(ReplayQuery)
    moment = Moment(query.up_to_version, query.up_to_timestamp)
    replayed = bootstrap.service().replay(aggregate_id, moment, with_events=query.include_events)
    return json_response(replay_answer(replayed, moment))


@app.operation(
    "GET",
    "/replay/{aggregate_id}/diff",
    summary="What changed between two versions",
    query=DiffQuery,
    response=DiffAnswer,
)
def diff_claim(aggregate_id: str) -> Response:
    """The fields that changed."""
    query = app.read_query(DiffQuery)
    query.check_order()
    found = bootstrap.service().difference(aggregate_id, query.from_version, query.to_version)
    return json_response(
        DiffAnswer(
            aggregate_id=aggregate_id,
            from_version=found.from_version,
            to_version=found.to_version,
            changes=found.changes,
        )
    )


@app.operation(
    "POST", "/snapshots/{aggregate_id}", summary="Keep a claim as it is", status=201, response=SnapshotAnswer
)
def create_snapshot(aggregate_id: str) -> Response:
    """201, or 200 where the claim's last version is kept already; so a repeat needs no Idempotency-Key."""
    app.read_query(Query)
    snapshot, is_new = bootstrap.service().take_snapshot(aggregate_id)
    return json_response(snapshot_answer(snapshot), 201 if is_new else 200)


@app.operation("GET", "/snapshots/{aggregate_id}", summary="A claim's newest snapshot", response=SnapshotAnswer)
def get_snapshot(aggregate_id: str) -> Response:
    """The newest snapshot of the claim; 404 where there is none."""
    app.read_query(Query)
    return json_response(snapshot_answer(bootstrap.service().snapshot_of(aggregate_id)))


@app.operation("GET", "/snapshots", summary="Snapshots, newest first", query=PageQuery, response=SnapshotsAnswer)
def list_snapshots() -> Response:
    """Snapshots of all claims, without their states."""
    query = app.read_query(PageQuery)
    offset = place_of(query).skip
    found = bootstrap.service().snapshots(limit=query.limit + 1, offset=offset)
    rest = Place(0, offset + query.limit) if len(found) > query.limit else None
    lines = [snapshot_line(snapshot) for snapshot in found[: query.limit]]
    return json_response(SnapshotsAnswer(snapshots=lines, count=len(lines), next_cursor=cursor_of(rest)))


@app.operation("GET", "/statistics", summary="Counts over the archive", response=StatisticsAnswer)
def statistics() -> Response:
    """Totals by type and day, and the busiest claims."""
    app.read_query(Query)
    return json_response(statistics_answer(*bootstrap.service().statistics()))


def _events(wanted: EventFilter, query: PageQuery) -> Response:
    return json_response(events_answer(bootstrap.service().events(wanted, place_of(query), query.limit)))
