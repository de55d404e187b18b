"""Ids of two systems that mean the same thing."""

import pytest

from functions.integration.identifiers import (
    CUSTOMER,
    ORDER,
    forms_of,
    is_same,
    is_stand_in,
    stand_in_for_customer_of,
    to_id,
)


@pytest.mark.parametrize(
    ("identifier", "forms"),
    [
        ("order_123", ("order_123", "123")),
        ("123", ("123",)),
        ("prod_abc123", ("prod_abc123",)),
        ("order_", ("order_",)),
        ("commande_7", ("commande_7", "7")),
        ("cust_7", ("cust_7",)),
        ("vip_7", ("vip_7",)),
        ("order_1_2", ("order_1_2",)),
    ],
)
def test_another_system_is_asked_for_the_id_and_then_for_its_number(identifier: str, forms: tuple[str, ...]) -> None:
    assert forms_of(identifier, ORDER) == forms


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12345, "cust_12345"),
        ("12345", "cust_12345"),
        ("cust_12345", "cust_12345"),
        (" c-9 ", "c-9"),
        ("007", "cust_7"),
        ("", None),
        (None, None),
        (True, None),
        (1.5, None),
        ("a b", None),
        ("x" * 129, None),
        (-3, None),
    ],
)
def test_a_number_gets_the_name_of_its_kind_and_a_text_stays(value: object, expected: str | None) -> None:
    assert to_id("cust", value) == expected


def test_two_forms_of_one_id_are_the_same() -> None:
    assert is_same("cust_7", "7", CUSTOMER)
    assert is_same("order_7", "order_7", ORDER)
    assert is_same("order_007", "7", ORDER)
    assert not is_same("cust_7", "cust_8", CUSTOMER)
    assert not is_same("cust_7", "vip_7", CUSTOMER)
    assert not is_same("abc", "abd", CUSTOMER)


def test_a_stand_in_can_be_told_from_a_customer() -> None:
    assert is_stand_in(stand_in_for_customer_of("order_123"))
    assert not is_stand_in("cust_123")
    assert len(stand_in_for_customer_of("o" * 128)) == 128
