"""The query service's HTTP routes: claims, search, statistics, dashboard. Read only."""

from chalice import Response
from pydantic import BaseModel

from functions.query import bootstrap
from functions.query.backlog import measure_backlog
from functions.query.parameters import (
    AgentClaimsQuery,
    AgentPath,
    AgentStatsQuery,
    ClaimPath,
    ClaimsQuery,
    ClaimTypeStatsQuery,
    CustomerClaimsQuery,
    CustomerPath,
    CustomerStatsQuery,
    PositionQuery,
    ProductStatsQuery,
    SearchQuery,
    StatusClaimsQuery,
    StatusPath,
)
from functions.query.views import (
    AgentStatsPage,
    AllStats,
    ClaimsPage,
    ClaimTypeStatsList,
    ClaimView,
    CustomerStatsPage,
    Dashboard,
    OrderStatsView,
    ProductStatsPage,
    SearchPage,
)
from handlers.requests import validate
from handlers.responses import json_response
from handlers.service_app import ServiceApp
from handlers.standard_routes import add_standard_routes

app = ServiceApp("query", title="Query service", description="The read side: claims, search, statistics, dashboard.")
add_standard_routes(
    app,
    dependencies=lambda: {"postgresql": bootstrap.check_postgresql},
    before_metrics=lambda: measure_backlog(bootstrap.service()),
)


@app.operation("GET", "/claims", summary="Claims by filters", query=ClaimsQuery, response=ClaimsPage)
def list_claims() -> Response:
    query = app.read_query(ClaimsQuery)
    return _shown(bootstrap.service().claims(query, query.filters(**_own(query.customer_id))))


@app.operation("GET", "/claims/{claim_id}", summary="A claim with its history", query=PositionQuery, response=ClaimView)
def get_claim(claim_id: str) -> Response:
    path = validate(ClaimPath, {"claim_id": claim_id}, "path")
    query = app.read_query(PositionQuery)
    claim = bootstrap.service().claim(path.claim_id, query.min_position, is_visible=app.caller().owns)
    return json_response(claim, headers={"ETag": f'"{claim.version}"'})


@app.operation(
    "GET",
    "/claims/customer/{customer_id}",
    summary="A customer's claims",
    query=CustomerClaimsQuery,
    response=ClaimsPage,
)
def claims_of_customer(customer_id: str) -> Response:
    path = validate(CustomerPath, {"customer_id": customer_id}, "path")
    query = app.read_query(CustomerClaimsQuery)
    return _shown(bootstrap.service().claims(query, query.filters(**_own(path.customer_id)), "claims_by_customer"))


@app.operation(
    "GET", "/claims/agent/{agent_id}", summary="An agent's claims", query=AgentClaimsQuery, response=ClaimsPage
)
def claims_of_agent(agent_id: str) -> Response:
    path = validate(AgentPath, {"agent_id": agent_id}, "path")
    query = app.read_query(AgentClaimsQuery)
    return _shown(bootstrap.service().claims(query, query.filters(**path.model_dump()), "claims_by_agent"))


@app.operation(
    "GET", "/claims/status/{status}", summary="Claims in a status", query=StatusClaimsQuery, response=ClaimsPage
)
def claims_by_status(status: str) -> Response:
    path = validate(StatusPath, {"status": status}, "path")
    query = app.read_query(StatusClaimsQuery)
    filters = query.filters(**path.model_dump(), **_own(query.customer_id))
    return _shown(bootstrap.service().claims(query, filters, "claims_by_status"))


@app.operation("GET", "/search", summary="Claims by their text, best first", query=SearchQuery, response=SearchPage)
def search() -> Response:
    query = app.read_query(SearchQuery)
    return _shown(bootstrap.service().search(query, query.filters(**_own(query.customer_id))))


@app.operation("GET", "/stats", summary="All statistics", query=PositionQuery, response=AllStats)
def stats() -> Response:
    return _shown(bootstrap.service().stats(app.read_query(PositionQuery).min_position))


@app.operation(
    "GET", "/stats/customers", summary="Statistics by customer", query=CustomerStatsQuery, response=CustomerStatsPage
)
def customer_stats() -> Response:
    query = app.read_query(CustomerStatsQuery)
    own = query.model_copy(update=_own(query.customer_id))
    return _shown(bootstrap.service().customer_stats(own))


@app.operation("GET", "/stats/agents", summary="Statistics by agent", query=AgentStatsQuery, response=AgentStatsPage)
def agent_stats() -> Response:
    return _shown(bootstrap.service().agent_stats(app.read_query(AgentStatsQuery)))


@app.operation(
    "GET", "/stats/products", summary="Statistics by product", query=ProductStatsQuery, response=ProductStatsPage
)
def product_stats() -> Response:
    return _shown(bootstrap.service().product_stats(app.read_query(ProductStatsQuery)))


@app.operation("GET", "/stats/orders", summary="Claims beside orders", query=PositionQuery, response=OrderStatsView)
def order_stats() -> Response:
    return json_response(bootstrap.service().order_stats(app.read_query(PositionQuery).min_position))


@app.operation(
    "GET",
    "/stats/claim-types",
    summary="Statistics by claim type",
    query=ClaimTypeStatsQuery,
    response=ClaimTypeStatsList,
)
def claim_type_stats() -> Response:
    query = app.read_query(ClaimTypeStatsQuery)
    return _shown(bootstrap.service().claim_type_stats(query.claim_type, query.min_position))


@app.operation("GET", "/dashboard", summary="What a supervisor sees first", query=PositionQuery, response=Dashboard)
def dashboard() -> Response:
    return _shown(bootstrap.service().dashboard(app.read_query(PositionQuery).min_position))


def _own(asked: str | None) -> dict[str, str]:
    """The customer to ask for, where there is one: a customer's own claims are all that they find."""
    customer_id = app.caller().own(asked)
    return {} if customer_id is None else {"customer_id": customer_id}


def _shown(answer: BaseModel) -> Response:
    """The answer's fields as they are: their rows are dataclasses, which become JSON with times in milliseconds."""
    return json_response(dict(answer))
