"""The HTTP routes of the audit service, port 8103."""

from chalice import Response

from functions.audit import bootstrap
from functions.audit.queries import AuditQuery
from functions.audit.views import (
    ClaimTrailAnswer,
    PerformanceAnswer,
    StatsAnswer,
    TrailAnswer,
    claim_answer,
    performance_answer,
    stats_answer,
    trail_answer,
)
from handlers.places import place_of
from handlers.queries import PageQuery, Query
from handlers.responses import json_response
from handlers.service_app import ServiceApp
from handlers.standard_routes import add_standard_routes

app = ServiceApp(
    "audit",
    title="Audit service",
    description="Every event with who caused it, when, and how long after that it was on record.",
)
add_standard_routes(app, dependencies=lambda: {"mongodb": bootstrap.ping_mongo})


@app.operation("GET", "/audit", summary="The audit trail, newest first", query=AuditQuery, response=TrailAnswer)
def list_audit() -> Response:
    """All entries, or those of a claim, a type, a request or a time."""
    query = app.read_query(AuditQuery)
    page = bootstrap.service().trail(query.to_filter(), place_of(query), query.limit)
    return json_response(trail_answer(page, query.limit, query.offset))


@app.operation("GET", "/audit/claims/{claim_id}", summary="A claim's trail", query=PageQuery, response=ClaimTrailAnswer)
def audit_of_claim(claim_id: str) -> Response:
    """A claim's entries, oldest first; none for an id that was never recorded."""
    query = app.read_query(PageQuery)
    place = place_of(query)
    entries = bootstrap.service().of_claim(
        claim_id, after_version=place.position or 0, skip=place.skip, limit=query.limit + 1
    )
    return json_response(claim_answer(claim_id, entries, query.limit))


@app.operation("GET", "/audit/stats", summary="Entries and latency by event type", response=StatsAnswer)
def audit_stats() -> Response:
    """Counts over the whole trail."""
    app.read_query(Query)
    return json_response(stats_answer(bootstrap.service().totals()))


@app.operation("GET", "/audit/performance", summary="Latency percentiles", response=PerformanceAnswer)
def audit_performance() -> Response:
    """How long after an event its entry is written, over the newest entries."""
    app.read_query(Query)
    service = bootstrap.service()
    return json_response(performance_answer(service.latencies(), service.totals().events))
