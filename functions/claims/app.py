"""The command side's HTTP routes: read the request, call the service, shape the answer."""

from typing import Any

from chalice import Response

from claim_domain import Claim, ClaimCommand, CreateClaim, StartClaim
from claim_domain.view import claim_to_dict
from envelope import is_context_id
from envelope.errors import InvalidError, NotFoundError, RecoursError, RetryableError
from functions.claims import bootstrap
from functions.claims.bodies import AssignBody, BatchBody, CloseBody, CreateBody, ResolveBody, StartBody
from functions.claims.decisions import Accepted
from functions.claims.fields import is_id
from functions.claims.requests import RequestContext, parse_if_match
from functions.claims.service import no_claim
from functions.claims.views import AcceptedView, BatchView, ClaimView, EventsView, ReplayView
from handlers.problems import problem_of
from handlers.queries import Query
from handlers.requests import parse_idempotency_key, validate
from handlers.responses import json_response
from handlers.service_app import ServiceApp
from handlers.standard_routes import add_standard_routes

# What commands read besides their body, for the description.
HEADERS = ("Idempotency-Key", "If-Match")

app = ServiceApp("claims", title="Claims service", description="The command side: decides, and appends to the log.")
add_standard_routes(app, dependencies=bootstrap.dependencies)


@app.operation(
    "POST", "/claims", summary="Open a claim", status=201, body=CreateBody, response=AcceptedView, headers=HEADERS[:1]
)
def create_claim() -> Response:
    """201 with the claim's Location. A customer's is theirs, and needs not say so."""
    caller = app.caller()
    own = {"customer_id": caller.customer_id} if caller.role == "customer" else None
    command = app.read_body(CreateBody, filled_in=own).to_command()
    caller.own(command.customer_id)
    accepted = bootstrap.service().create(command, _context())
    location = app.public_path(f"/claims/{accepted.claim_id}")
    return _accepted(accepted, status=201, headers={"Location": location})


@app.operation(
    "POST",
    "/claims/batch",
    summary="Open up to 500 claims",
    status=207,
    body=BatchBody,
    response=BatchView,
    headers=HEADERS[:1],
)
def create_claims() -> Response:
    """207: each claim is opened, or refused, by itself."""
    items = app.read_body(BatchBody).root
    context = _context()
    commands: dict[int, CreateClaim] = {}
    invalid: dict[int, InvalidError] = {}
    for index, item in enumerate(items):
        try:
            commands[index] = validate(CreateBody, item, "claim").to_command()
        except InvalidError as error:
            invalid[index] = error
    results = {**invalid, **bootstrap.service().create_many(commands, context)}
    return _batch([results[index] for index in range(len(items))])


@app.operation(
    "POST",
    "/claims/{claim_id}",
    summary="Give the claim to an agent (short)",
    body=AssignBody,
    response=AcceptedView,
    headers=HEADERS,
)
def assign_claim_short(claim_id: str) -> Response:
    """The short form of `/claims/{claim_id}/assign`."""
    return _assign(claim_id)


@app.operation(
    "POST",
    "/claims/{claim_id}/assign",
    summary="Give the claim to an agent",
    body=AssignBody,
    response=AcceptedView,
    headers=HEADERS,
)
def assign_claim(claim_id: str) -> Response:
    """created → assigned; again while assigned or in progress. An agent who names nobody takes it."""
    return _assign(claim_id)


@app.operation(
    "POST", "/claims/{claim_id}/start", summary="Begin to work on the claim", response=AcceptedView, headers=HEADERS
)
def start_claim(claim_id: str) -> Response:
    """assigned → in_progress"""
    app.read_body(StartBody, optional=True)
    return _change(claim_id, StartClaim())


@app.operation(
    "POST",
    "/claims/{claim_id}/resolve",
    summary="Propose a resolution",
    body=ResolveBody,
    response=AcceptedView,
    headers=HEADERS,
)
def resolve_claim(claim_id: str) -> Response:
    """in_progress → resolved"""
    return _change(claim_id, app.read_body(ResolveBody).to_command())


@app.operation(
    "POST", "/claims/{claim_id}/close", summary="End the claim", body=CloseBody, response=AcceptedView, headers=HEADERS
)
def close_claim(claim_id: str) -> Response:
    """resolved → closed"""
    return _change(claim_id, app.read_body(CloseBody, optional=True).to_command())


@app.operation("GET", "/claims/{claim_id}", summary="The claim as the write side has it", response=ClaimView)
def get_claim(claim_id: str) -> Response:
    """The claim, with its version as ETag."""
    app.read_query(Query)
    claim = _visible_claim(claim_id)
    return json_response(claim_to_dict(claim), headers=_etag(claim.version))


@app.operation("GET", "/claims/{claim_id}/events", summary="The claim's events", response=EventsView)
def get_claim_events(claim_id: str) -> Response:
    """All events of the claim, oldest first."""
    app.read_query(Query)
    events = bootstrap.service().events(_known_form(claim_id))
    _check_visible(claim_id, events[0].data.get("customer_id"))
    return json_response({"claim_id": claim_id, "events": events, "count": len(events)})


@app.operation("GET", "/claims/{claim_id}/replay", summary="The claim, folded anew", response=ReplayView)
def replay_claim(claim_id: str) -> Response:
    """The claim as its events alone tell it."""
    app.read_query(Query)
    claim = _visible_claim(claim_id)
    return json_response(
        {"claim": claim_to_dict(claim), "reconstructed_from_events": True}, headers=_etag(claim.version)
    )


def _assign(claim_id: str) -> Response:
    caller = app.caller()
    own = {"agent_id": caller.agent_id} if caller.role == "agent" else None
    return _change(claim_id, app.read_body(AssignBody, filled_in=own).to_command())


def _change(claim_id: str, command: ClaimCommand) -> Response:
    return _accepted(bootstrap.service().change(_known_form(claim_id), command, _context()))


def _visible_claim(claim_id: str) -> Claim:
    claim = bootstrap.service().get(_known_form(claim_id))
    _check_visible(claim_id, claim.customer_id)
    return claim


def _check_visible(claim_id: str, customer_id: str | None) -> None:
    """Raise NotFoundError where it is another customer's claim: whether there is one is not theirs to know."""
    if not app.caller().owns(customer_id):
        raise no_claim(claim_id)


def _context() -> RequestContext:
    ids = app.request_ids()
    return RequestContext(
        correlation_id=ids.correlation_id,
        causation_id=ids.causation_id,
        actor=app.actor(),
        idempotency_key=parse_idempotency_key(app.header("Idempotency-Key")),
        versions_allowed=parse_if_match(app.header("If-Match")),
    )


def _known_form(claim_id: str) -> str:
    if not is_id(claim_id) or is_context_id(claim_id):
        raise NotFoundError("there is no claim with such an id")
    return claim_id


def _accepted(accepted: Accepted, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return json_response(_view(accepted), status, {**_etag(accepted.version), **(headers or {})})


def _view(accepted: Accepted) -> AcceptedView:
    return AcceptedView(
        claim_id=accepted.claim_id,
        status=accepted.status,
        version=accepted.version,
        position=accepted.position,
        event_id=accepted.event_id,
        correlation_id=accepted.correlation_id,
    )


def _etag(version: int) -> dict[str, str]:
    return {"ETag": f'"{version}"'}


def _batch(results: list[Accepted | RecoursError]) -> Response:
    created = sum(isinstance(result, Accepted) for result in results)
    if not created:
        _raise_if_unavailable(results)
    items = [_item(index, result) for index, result in enumerate(results)]
    return json_response({"results": items, "created": created, "failed": len(items) - created}, 207)


def _raise_if_unavailable(results: list[Accepted | RecoursError]) -> None:
    """Where the log took nothing, the batch as a whole is to be sent again."""
    for result in results:
        if isinstance(result, RetryableError):
            raise result


def _item(index: int, result: Accepted | RecoursError) -> dict[str, Any]:
    if isinstance(result, Accepted):
        # `status` is HTTP's here, so the claim's own has the name that the claim gives it elsewhere.
        answer = _view(result).model_dump(mode="json")
        return {"index": index, **answer, "status": 201, "claim_status": answer["status"]}
    problem = problem_of(result)
    return {"index": index, "status": int(problem.status), "error": problem.detail, "errors": _errors(problem.errors)}


def _errors(errors: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"field": field, "message": message} for field, message in errors]
