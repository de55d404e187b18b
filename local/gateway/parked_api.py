"""The parked events over HTTP, for the console. Nobody is known here, so that personal data is masked."""

import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qs

import orjson
from pydantic import BaseModel
from redis.exceptions import RedisError

from envelope.errors import RecoursError, RetryableError
from handlers.problems import problem_of
from handlers.requests import parse_body, parse_query
from local.apigateway.answers import HttpAnswer
from local.apigateway.requests import HttpRequest, correlation_of
from local.environment.log import log
from local.gateway.parked_masking import masked_event, masked_retry, masked_summary
from local.gateway.parked_queries import DiscardBody, GroupQuery, NoQuery, PageQuery, RetryBody
from local.gateway.parked_routes import ParkedOperation
from local.parked.connection import connect
from local.parked.desk import ParkedDesk
from local.parked.places import places_of
from local.parked.shapes import asked_json, discarded_json, event_json, page_json, retries_json
from local.template import Template

BY = "gateway"  # until an authorizer tells who calls

Model = TypeVar("Model", bound=BaseModel)
Answer = tuple[HTTPStatus, dict[str, Any]]


class LogUnreachableError(RetryableError):
    """The log does not answer."""


class ParkedApi:
    """Answers requests; several threads may use it at once."""

    def __init__(self, redis_url: str, template: Template) -> None:
        self._desk = ParkedDesk(connect(redis_url), places_of(template))

    def answer(self, operation: ParkedOperation, request: HttpRequest, parked_id: str) -> HttpAnswer:
        """Answer one request; what goes wrong is a problem."""
        correlation_id = correlation_of(request.headers)
        try:
            status, body = self._run(operation, request, parked_id)
        except Exception as error:  # noqa: BLE001  each is told as its problem; what is not ours is logged
            problem = problem_of(_translated(error, request))
            shown = problem.body(request.path, correlation_id)
            return _answer(problem.status, shown, correlation_id, problem.headers())
        return _answer(status, body, correlation_id, {"Content-Type": "application/json"})

    def _run(self, operation: ParkedOperation, request: HttpRequest, parked_id: str) -> Answer:
        match operation:
            case ParkedOperation.PAGE:
                return self._page(_query(PageQuery, request))
            case ParkedOperation.ONE:
                return self._one(parked_id, _query(GroupQuery, request))
            case ParkedOperation.RETRIES:
                return self._retries(_query(NoQuery, request))
            case ParkedOperation.RETRY:
                return self._retry(_body(RetryBody, request, optional=True))
            case ParkedOperation.DISCARD:
                return self._discard(parked_id, _body(DiscardBody, request))

    def _page(self, query: PageQuery) -> Answer:
        page = page_json(self._desk.page(query.group, query.claim_id, query.after, query.limit))
        return HTTPStatus.OK, page | {"parked": [masked_summary(line) for line in page["parked"]]}

    def _one(self, parked_id: str, query: GroupQuery) -> Answer:
        return HTTPStatus.OK, masked_event(event_json(self._desk.one(parked_id, query.group)))

    def _retries(self, _query: NoQuery) -> Answer:
        retries = [masked_retry(retry) for retry in retries_json(self._desk.retries())]
        return HTTPStatus.OK, {"retries": retries, "count": len(retries)}

    def _retry(self, body: RetryBody) -> Answer:
        asked = self._desk.ask_again(body.group, body.claim_id, BY, dry_run=body.dry_run)
        return HTTPStatus.ACCEPTED, {"dry_run": body.dry_run, "requested": asked_json(asked)}

    def _discard(self, parked_id: str, body: DiscardBody) -> Answer:
        done = discarded_json(self._desk.discard(parked_id, body.group, body.reason, BY))
        return HTTPStatus.OK, done | {"discarded": masked_summary(done["discarded"])}


def _query(model: type[Model], request: HttpRequest) -> Model:
    return parse_query(model, parse_qs(request.query, keep_blank_values=True))


def _body(model: type[Model], request: HttpRequest, *, optional: bool = False) -> Model:
    _query(NoQuery, request)
    return parse_body(model, request.body, request.header(b"content-type") or None, optional=optional)


def _translated(error: Exception, request: HttpRequest) -> Exception:
    """The error as one of ours, where it is one, and a word in the log where it is not."""
    if isinstance(error, RedisError):
        log("error", "the log cannot be reached", reason=str(error))
        return LogUnreachableError("the log does not answer; try again")
    if not isinstance(error, RecoursError):
        log("error", "a request failed", path=request.path, trace="".join(traceback.format_exception(error)))
    return error


def _answer(status: HTTPStatus, body: object, correlation_id: str, headers: Mapping[str, str]) -> HttpAnswer:
    told = {**headers, "X-Correlation-ID": correlation_id}
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in told.items()]
    return HttpAnswer(int(status), encoded, orjson.dumps(body))
