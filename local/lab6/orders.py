"""The orders, in the shape of the real order service: ids that are integers, amounts in dollars."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal, TypedDict

from local.lab6.customers import COUNT as CUSTOMER_COUNT
from local.lab6.customers import EXAMPLE as EXAMPLE_CUSTOMER
from local.lab6.draws import Draws
from local.lab6.products import PRODUCTS, Product
from local.lab6.records import Records

COUNT = 50_000
EXAMPLES = (123, 45678)
"""Orders that examples ask for: headphones, delivered to a customer who has an e-mail address and a telephone."""
_EXAMPLE_PRODUCT = PRODUCTS[16]

UNTIL = datetime(2025, 7, 1, tzinfo=UTC)
SPAN = timedelta(days=730)
_RECENT = timedelta(days=21)  # what was ordered before is on its way no more
_SPAN_MS = SPAN // timedelta(milliseconds=1)

Status = Literal["pending", "paid", "shipped", "delivered", "cancelled", "returned"]
_RECENT_STATUSES: dict[Status, int] = {"pending": 15, "paid": 25, "shipped": 30, "delivered": 25, "cancelled": 5}
_LATER_STATUSES: dict[Status, int] = {"delivered": 86, "returned": 7, "cancelled": 6, "shipped": 1}
_ITEM_COUNTS = {1: 60, 2: 25, 3: 10, 4: 5}
_QUANTITIES = {1: 82, 2: 13, 3: 5}


class Item(TypedDict):
    """A line of an order."""

    product_id: int
    product_name: str
    quantity: int
    unit_price: float


class Order(TypedDict):
    """What `GET /api/v1/orders/{id}` answers. `total_amount` is the sum of the lines."""

    id: int
    customer_id: int
    status: Status
    total_amount: float
    items: list[Item]
    created_at: str


def orders(seed: int) -> Records:
    """The orders that this seed makes."""
    return Records("orders", "order", COUNT, partial(make_order, seed))


def make_order(seed: int, number: int) -> Order:
    """One order. Pure: the same for the same seed and number."""
    draws = Draws(seed, "order", number)
    created_at = _created_at(number, draws)
    customer = 1 + int(draws.fraction() * CUSTOMER_COUNT)
    status = draws.weighted(_RECENT_STATUSES if UNTIL - created_at < _RECENT else _LATER_STATUSES)
    lines = _lines(draws)
    if number in EXAMPLES:
        customer, status, lines = EXAMPLE_CUSTOMER, "delivered", {_EXAMPLE_PRODUCT: 1}
    return Order(
        id=number,
        customer_id=customer,
        status=status,
        # Added up in cents: a sum of dollars would end in …0000001.
        total_amount=sum(product.price_cents * quantity for product, quantity in lines.items()) / 100,
        items=[_item(product, quantity) for product, quantity in lines.items()],
        created_at=created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )


def _created_at(number: int, draws: Draws) -> datetime:
    """Orders are numbered as they come, evenly over the two years."""
    place = (number - 1 + draws.fraction()) / COUNT
    return UNTIL - SPAN + timedelta(milliseconds=int(place * _SPAN_MS))


def _lines(draws: Draws) -> dict[Product, int]:
    """Products and their quantities; one drawn twice stands on one line."""
    return {draws.one_of(PRODUCTS): draws.weighted(_QUANTITIES) for _ in range(draws.weighted(_ITEM_COUNTS))}


def _item(product: Product, quantity: int) -> Item:
    return Item(
        product_id=product.id,
        product_name=product.name,
        quantity=quantity,
        unit_price=product.price_cents / 100,
    )
