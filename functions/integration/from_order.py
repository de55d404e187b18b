"""The use case: a claim made from an order, once for each request, whatever the other systems say the second time."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson

from envelope import OrderContext
from envelope.errors import InvalidError, NotFoundError
from functions.integration.bodies import FromOrderBody
from functions.integration.claims_service import Ids, MadeClaim, MakesClaims
from functions.integration.contexts import ClaimContext, ReadsSystems, context_of
from functions.integration.identifiers import PRODUCT, is_same, stand_in_for_customer_of
from functions.integration.simulated import SIMULATED
from functions.integration.views import CustomerPart, Told, context_parts
from metrics.logs import logger
from repositories.ports.kept_requests import KeptRequests


@dataclass(frozen=True, slots=True)
class Made:
    """The claim, and the context that it was made in."""

    claim: MadeClaim
    order: OrderContext
    customer: CustomerPart | None
    told: Told


class FromOrder:
    """Composes the claim, keeps what it composed under the request's key, and has the claims service open it.

    The context may be another one when a request is repeated: then what was kept is sent again, and not what would be
    composed now, so that the claims service knows the repeat. A process may die between any two of these steps.
    """

    def __init__(self, systems: ReadsSystems, claims: MakesClaims, kept: KeptRequests, *, ttl_s: int) -> None:
        """`ttl_s`: for so many seconds a key is known, as long as the claims service knows it."""
        self._systems = systems
        self._claims = claims
        self._kept = kept
        self._ttl_s = ttl_s

    def create(self, body: FromOrderBody, key: str | None, ids: Ids) -> Made:
        """Open the claim.

        Raises NotFoundError where the order system says that there is no such order, InvalidError for a product that is
        not in it, IdempotencyKeyReusedError, StoreUnavailableError, and what `MakesClaims.create` raises. That a system
        does not answer is no error.
        """
        composed = self._compose(body) if key is None else self._compose_once(body, key)
        # Without a key of the client's, one of ours lets a lost answer be asked for again.
        claim = self._claims.create(composed["claim"], _claim_key(key or str(uuid4())), ids)
        made = _made(claim, composed)
        logger.info(
            "claim made from order",
            extra={
                "claim_id": claim.answer["claim_id"],
                "order_id": body.order_id,
                "integration_status": made.told.integration_status,
            },
        )
        return made

    def _compose_once(self, body: FromOrderBody, key: str) -> Mapping[str, Any]:
        said = _hash(body)
        return self._kept.find(key, said) or self._kept.keep(key, said, self._compose(body), self._ttl_s)

    def _compose(self, body: FromOrderBody) -> dict[str, Any]:
        context = context_of(self._systems, body.order_id)
        if context is None:
            raise NotFoundError(f"there is no order {body.order_id}")
        _check_product(body.product_id, context)
        order, customer, told = context_parts(context)
        return {
            "claim": _claim_body(body, context),
            "order": order.model_dump(mode="json"),
            "customer": customer.model_dump(mode="json") if customer else None,
            "told": told.model_dump(mode="json"),
        }


def _check_product(product_id: str | None, context: ClaimContext) -> None:
    """Raise InvalidError for a product that is not among those of the order, as far as they are known."""
    known = [item.product_id for item in context.order.context.items if item.product_id is not None]
    if product_id is not None and known and not any(is_same(product_id, each, PRODUCT) for each in known):
        why = f"is not in the order; what is: {', '.join(known)}"
        raise InvalidError(f"product_id: {why}", (("product_id", why),))


def _claim_body(body: FromOrderBody, context: ClaimContext) -> dict[str, Any]:
    """What is sent to the claims service. A stand-in for a customer is not sent: nobody can be reached by it."""
    order, customer = context.order, context.customer
    fields = {
        **body.model_dump(mode="json", exclude_none=True),
        "customer_id": order.context.customer_id or stand_in_for_customer_of(body.order_id),
        "order": order.context.model_dump(mode="json", exclude_none=True),
    }
    if "product_id" not in fields and order.product_id is not None:
        fields["product_id"] = order.product_id
    if customer is not None and customer.context.source != SIMULATED:
        fields["customer"] = customer.context.model_dump(mode="json", exclude_none=True)
    return fields


def _made(claim: MadeClaim, composed: Mapping[str, Any]) -> Made:
    customer = composed["customer"]
    return Made(
        claim,
        OrderContext.model_validate(composed["order"]),
        CustomerPart.model_validate(customer) if customer else None,
        Told.model_validate(composed["told"]),
    )


def _claim_key(key: str) -> str:
    """Hashed, for with anything in front a key may be too long."""
    return f"from-order:{hashlib.sha256(key.encode()).hexdigest()}"


def _hash(body: FromOrderBody) -> str:
    """SHA-256 in hex of what was asked for. Fields at their default stay out: adding one changes no earlier hash."""
    asked = body.model_dump(mode="json", exclude_defaults=True)
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()
