"""Both dialects are read into one shape, and what cannot be used is left out rather than the whole."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.claims.bodies import CustomerBody, OrderBody
from functions.integration.upstream.documents import read_customer, read_order, read_total
from functions.integration.upstream.errors import UpstreamUnavailableError

ORDER: dict[str, Any] = {
    "id": 123,
    "customer_id": 12345,
    "status": "delivered",
    "total_amount": "129.90",
    "items": [{"product_id": 17, "product_name": "Casque", "quantity": 1, "unit_price": 129.9, "weight": 3}],
    "created_at": "2025-06-30T09:12:00",
    "warehouse": "MTL",
}


def test_an_order_of_the_integer_dialect_has_our_ids_and_keeps_the_one_it_was_asked_by() -> None:
    order = read_order(ORDER, "order_123", 50_000).context
    assert (order.id, order.customer_id, order.items[0].product_id) == ("order_123", "cust_12345", "prod_17")
    assert (order.total_amount, order.items[0].unit_price, order.items[0].quantity) == (129.9, 129.9, 1)
    assert order.created_at == datetime(2025, 6, 30, 9, 12, tzinfo=UTC)
    assert (order.source, order.orders_total) == ("lab6", 50_000)


def test_an_order_of_the_text_dialect_reads_alike() -> None:
    document = {
        "order_id": "order_123",
        "client_id": "cust_12345",
        "statut": "delivered",
        "montant_total": 129.9,
        "items": [{"product_id": "prod_17", "nom_produit": "Casque", "quantite": 1, "prix_unitaire": 129.9}],
        "created_at": "2025-06-30T09:12:00Z",
    }
    assert read_order(document, "order_123", 50_000) == read_order(ORDER, "order_123", 50_000)


@pytest.mark.parametrize(
    "document",
    [
        {"id": 12345, "nom": "Roy", "prenom": "Camille", "email": "c@example.com", "telephone": "+15145550123"},
        {"customer_id": "cust_12345", "name": "Camille Roy", "email": "c@example.com", "phone": "+15145550123"},
        {
            "id": "12345",
            "first_name": "Camille",
            "last_name": "Roy",
            "courriel": "c@example.com",
            "phone": "+15145550123",
        },
    ],
)
def test_a_customer_of_any_dialect_has_a_name_and_a_way_to_be_reached(document: dict[str, Any]) -> None:
    customer = read_customer(document, "cust_12345")
    assert customer.customer_id == "cust_12345"
    told = customer.context
    assert (told.name, told.email, told.phone, told.language) == ("Camille Roy", "c@example.com", "+15145550123", "fr")


@pytest.mark.parametrize(
    ("told", "language"), [("en", "en"), ("EN-ca", "en"), ("fr", "fr"), ("es", "fr"), (None, "fr")]
)
def test_a_language_that_we_do_not_write_is_french(told: object, language: str) -> None:
    assert read_customer({"id": 1, "langue": told}, "cust_1").context.language == language


@pytest.mark.parametrize(
    "moment", ["1900-01-01T00:00:00+05:00", "9998-12-31T23:00:00-05:00", "0001-01-01T00:00:00+05:00"]
)
def test_a_time_that_leaves_the_calendar_in_utc_is_left_out(moment: str) -> None:
    assert read_order({"id": 1, "created_at": moment}, "1", None).context.created_at is None


def test_two_long_names_make_one_that_fits() -> None:
    name = read_customer({"id": 1, "nom": "N" * 150, "prenom": "P" * 150}, "1").context.name
    assert name is not None
    assert len(name) == 200


def test_a_field_that_nobody_can_use_is_left_out_and_the_rest_stays() -> None:
    document = {"id": 1, "nom": "  Roy\n\t ", "prenom": None, "email": "not an address", "telephone": "call me"}
    told = read_customer(document, "cust_1").context
    assert (told.name, told.email, told.phone) == ("Roy", None, None)
    order = read_order(
        {"id": 1, "items": [7, {"quantity": -1}], "total_amount": "much", "created_at": "soon"}, "1", None
    )
    assert (order.context.total_amount, order.context.created_at, len(order.context.items)) == (None, None, 1)


@pytest.mark.parametrize(
    "document", [None, [], "order", {}, {"id": None}, {"status": "delivered"}, {"id": 999}, {"id": {}}]
)
def test_what_is_not_the_document_that_was_asked_for_is_an_answer_of_nobody(document: object) -> None:
    with pytest.raises(UpstreamUnavailableError):
        read_order(document, "order_123", None)
    with pytest.raises(UpstreamUnavailableError):
        read_customer(document, "cust_123")


@pytest.mark.parametrize(
    ("document", "total"), [({"total": 50}, 50), ({"count": 3}, 3), ([], None), ({"total": "x"}, None), ({}, None)]
)
def test_a_list_may_tell_how_many_there_are(document: object, total: int | None) -> None:
    assert read_total(document) == total


_PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
_VALUES = _PLAIN | st.lists(_PLAIN, max_size=2) | st.dictionaries(st.text(max_size=3), _PLAIN, max_size=2)
_FIELDS = st.sampled_from(
    ["customer_id", "status", "total_amount", "created_at", "nom", "prenom", "name", "email", "telephone", "langue"]
)
_ITEMS = st.lists(
    st.dictionaries(st.sampled_from(["product_id", "product_name", "quantity", "unit_price"]), _VALUES), max_size=3
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # its first draw is, on a busy machine
@given(st.dictionaries(_FIELDS, _VALUES), _ITEMS)
def test_whatever_stands_in_the_fields_the_claims_service_takes_what_is_read(
    fields: dict[str, Any], items: list[dict[str, Any]]
) -> None:
    order = read_order({**fields, "items": items, "id": 123}, "order_123", None).context
    OrderBody.model_validate(order.model_dump(mode="json", exclude_none=True))
    customer = read_customer({**fields, "id": 123}, "cust_123").context
    CustomerBody.model_validate(customer.model_dump(mode="json", exclude_none=True))
