"""The simulated Lab 6's data: large, the same everywhere, and with the records that examples ask for."""

import hashlib
import json
from collections import Counter
from datetime import datetime

import pytest

from local.lab6.customers import COUNT as CUSTOMER_COUNT
from local.lab6.customers import customers, make_customer
from local.lab6.draws import Draws
from local.lab6.orders import COUNT as ORDER_COUNT
from local.lab6.orders import SPAN, UNTIL, make_order, orders
from local.lab6.products import PRODUCTS

SEED = 6
SOME_ORDERS = [make_order(SEED, number) for number in range(1, ORDER_COUNT + 1, 25)]
SOME_CUSTOMERS = [make_customer(SEED, number) for number in range(1, CUSTOMER_COUNT + 1, 7)]


def test_a_seed_gives_the_data_that_it_gave_when_this_was_written() -> None:
    """Other Pythons and machines run this test too: what it compares with is a constant."""
    text = json.dumps([make_order(SEED, 777), make_customer(SEED, 777)], sort_keys=True)
    assert (
        hashlib.sha256(text.encode()).hexdigest() == "1f9e94cd8872f5ba3de022117e7d1687f620997aaf69f9aa5d7b63f218cd0690"
    )


def test_another_seed_gives_other_data() -> None:
    assert make_order(7, 777) != make_order(SEED, 777)
    assert make_customer(7, 777) != make_customer(SEED, 777)


def test_a_record_is_the_same_whether_asked_for_alone_or_in_a_page() -> None:
    assert orders(SEED).page(3, 775) == [make_order(SEED, number) for number in (776, 777, 778)]


def test_there_are_as_many_as_a_real_shop_has_and_no_more() -> None:
    assert (orders(SEED).count, customers(SEED).count, len(PRODUCTS)) == (50_000, 20_000, 300)
    assert orders(SEED).one(50_000) is not None
    assert [orders(SEED).one(number) for number in (-1, 0, 50_001)] == [None, None, None]
    assert [each["id"] for each in customers(SEED).page(10, 19_998)] == [19_999, 20_000]
    assert customers(SEED).page(10, 20_000) == []


def test_every_total_is_the_sum_of_its_lines_to_the_cent() -> None:
    for order in SOME_ORDERS:
        cents = sum(round(item["unit_price"] * 100) * item["quantity"] for item in order["items"])
        assert order["total_amount"] == cents / 100
        assert order["items"]


def test_an_order_is_of_a_customer_and_of_products_that_there_are() -> None:
    names = {product.id: (product.name, product.price_cents / 100) for product in PRODUCTS}
    for order in SOME_ORDERS:
        assert 1 <= order["customer_id"] <= CUSTOMER_COUNT
        for item in order["items"]:
            assert (item["product_name"], item["unit_price"]) == names[item["product_id"]]
    assert len(names) == len(PRODUCTS)


def test_orders_are_numbered_as_they_came_within_the_two_years() -> None:
    moments = [datetime.fromisoformat(order["created_at"]) for order in SOME_ORDERS]
    assert moments == sorted(moments)
    assert moments[0] >= UNTIL - SPAN
    last = make_order(SEED, ORDER_COUNT)["created_at"]
    assert datetime.fromisoformat(last) < UNTIL
    assert last.endswith("Z")


def test_most_orders_arrived_and_every_status_occurs() -> None:
    latest = [make_order(SEED, number) for number in range(ORDER_COUNT - 500, ORDER_COUNT + 1)]
    statuses = Counter(order["status"] for order in SOME_ORDERS + latest)
    assert set(statuses) == {"pending", "paid", "shipped", "delivered", "cancelled", "returned"}
    assert statuses.most_common(1)[0][0] == "delivered"


def test_four_customers_in_five_speak_french() -> None:
    french = sum(customer["langue"] == "fr" for customer in SOME_CUSTOMERS) / len(SOME_CUSTOMERS)
    assert 0.77 < french < 0.83
    assert {customer["langue"] for customer in SOME_CUSTOMERS} == {"fr", "en"}


def test_addresses_and_telephones_are_nobodys() -> None:
    for customer in SOME_CUSTOMERS:
        email, phone = customer["email"], customer["telephone"]
        assert email is None or (
            email.isascii() and email.split("@")[1] in ("example.com", "example.org", "example.net")
        )
        assert phone is None or (phone.startswith("+1514555") and len(phone) == 12)


@pytest.mark.parametrize("number", [49, 149, 19_949])
def test_some_customers_have_no_telephone(number: int) -> None:
    customer = make_customer(SEED, number)
    assert customer["telephone"] is None
    assert customer["email"] is not None


@pytest.mark.parametrize("number", [98, 198, 19_998])
def test_some_customers_have_no_email_address(number: int) -> None:
    customer = make_customer(SEED, number)
    assert customer["email"] is None
    assert customer["telephone"] is not None


@pytest.mark.parametrize("number", [123, 45678])
@pytest.mark.parametrize("seed", [SEED, 7])
def test_the_orders_of_the_examples_are_of_a_customer_who_can_be_told(number: int, seed: int) -> None:
    order = make_order(seed, number)
    assert (order["customer_id"], len(order["items"]), order["status"]) == (12345, 1, "delivered")
    customer = make_customer(seed, order["customer_id"])
    assert (customer["prenom"], customer["nom"], customer["langue"]) == ("Aline", "Roy", "fr")
    assert customer["email"] is not None
    assert customer["telephone"] is not None


def test_draws_are_as_likely_as_their_weights() -> None:
    draws = Draws(SEED, "test", 1)
    found = Counter(draws.weighted({"often": 3, "never": 0, "seldom": 1}) for _ in range(4_000))
    assert set(found) == {"often", "seldom"}
    assert 2_800 < found["often"] < 3_200
