"""The integration service's HTTP routes, each with and without `/integration` in front."""

from collections.abc import Callable
from typing import Any

from chalice import Response

from envelope.errors import NotFoundError
from functions.integration import bootstrap
from functions.integration.bodies import CustomerPath, FromOrderBody, OrderPath
from functions.integration.claims_service import Ids
from functions.integration.contexts import customer_or_stand_in, order_or_stand_in
from functions.integration.from_order import Made
from functions.integration.views import (
    CustomerView,
    FromOrderView,
    OrderView,
    StatusView,
    customer_view,
    order_view,
    system_view,
)
from handlers.queries import Query
from handlers.requests import parse_idempotency_key, validate
from handlers.responses import json_response
from handlers.service_app import ServiceApp
from handlers.standard_routes import add_standard_routes

app = ServiceApp(
    "integration", title="Integration service", description="Claims in the context of the order and customer systems."
)
add_standard_routes(app, dependencies=lambda: bootstrap.dependencies())

View = Callable[..., Response]


def route(method: str, path: str, **described: Any) -> Callable[[View], View]:
    """Register a view under `/integration` and without it: the requirement's scripts use the short form."""

    def register(view: View) -> View:
        app.operation(method, f"/integration{path}", **described)(view)
        short = _renamed(view)
        app.operation(method, path, **described)(short)
        return view

    return register


def _renamed(view: View) -> View:
    def short(**arguments: str) -> Response:
        return view(**arguments)

    short.__name__ = f"{view.__name__}_short"
    return short


@route(
    "POST",
    "/claims/from-order",
    summary="Open a claim about an order",
    status=201,
    body=FromOrderBody,
    response=FromOrderView,
    headers=("Idempotency-Key",),
)
def create_claim_from_order() -> Response:
    """201 with the claim and the context that it was made in; 404 for an order that there is not."""
    body = app.read_body(FromOrderBody)
    ids = app.request_ids()
    key = parse_idempotency_key(app.header("Idempotency-Key"))
    made = bootstrap.from_order().create(body, key, Ids(ids.correlation_id, ids.causation_id))
    return json_response(_view(made), 201, {"Location": _location(made)})


@route("GET", "/orders/{order_id}", summary="An order, or its stand-in", response=OrderView)
def get_order(order_id: str) -> Response:
    """The order; with `source` simulated where the order system does not answer."""
    app.read_query(Query)
    path = validate(OrderPath, {"order_id": order_id}, "path")
    order = order_or_stand_in(bootstrap.systems(), path.order_id)
    if order is None:
        raise NotFoundError(f"there is no order {path.order_id}")
    return json_response(order_view(order))


@route("GET", "/customers/{customer_id}", summary="A customer, or a stand-in", response=CustomerView)
def get_customer(customer_id: str) -> Response:
    """The customer; with `source` simulated where the customer system does not answer."""
    app.read_query(Query)
    path = validate(CustomerPath, {"customer_id": customer_id}, "path")
    customer = customer_or_stand_in(bootstrap.systems(), path.customer_id)
    if customer is None:
        raise NotFoundError(f"there is no customer {path.customer_id}")
    return json_response(customer_view(customer))


@route("GET", "/status", summary="Whether the other systems answer", response=StatusView)
def get_status() -> Response:
    """Asked now, of both."""
    app.read_query(Query)
    orders, customers = bootstrap.systems().availability()
    is_available = orders.available and customers.available
    return json_response(
        StatusView(
            mode="integrated" if is_available else "degraded",
            lab6_available=is_available,
            orders=system_view(orders),
            customers=system_view(customers),
        )
    )


def _location(made: Made) -> str:
    """Behind the gateway the claim is beside us, under its service's base path; else where the claims service is."""
    behind_gateway = app.public_path("") != ""
    return f"/claims-service/claims/{made.claim.answer['claim_id']}" if behind_gateway else made.claim.location


def _view(made: Made) -> FromOrderView:
    answer = made.claim.answer
    return FromOrderView(
        **{name: answer[name] for name in ("claim_id", "status", "version", "position", "event_id", "correlation_id")},
        order_context=made.order,
        customer_context=made.customer,
        **dict(made.told),
    )
