"""Who calls, from what the authorizer told."""

from typing import Any

import pytest

from envelope import Actor
from handlers.callers import ANONYMOUS, Caller, caller_of, is_auth_required
from handlers.problems import ForbiddenError, UnauthorizedError

NOW_S = 1_752_000_000.0
CUSTOMER = Caller("customer", "auth0|7", customer_id="cust_7")


def test_a_caller_is_who_the_authorizer_says() -> None:
    told = {"sub": "auth0|7", "role": "customer", "customer_id": "cust_7", "expires_at": str(int(NOW_S) + 1)}
    assert caller_of(told, NOW_S) == CUSTOMER
    assert CUSTOMER.actor() == Actor(type="customer", id="auth0|7")


def test_a_customer_or_an_agent_goes_by_the_subject_where_nothing_else_is_told() -> None:
    assert caller_of({"sub": "cust_7", "role": "customer"}).customer_id == "cust_7"
    assert caller_of({"sub": "agent_smith", "role": "agent"}).agent_id == "agent_smith"


def test_nobody_else_is_a_customer_or_an_agent() -> None:
    told = {"sub": "s", "role": "supervisor", "customer_id": "cust_7", "agent_id": "agent_smith"}
    assert caller_of(told) == Caller("supervisor", "s")


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"sub": "x"},
        {"role": "agent"},
        {"role": "agent", "sub": ""},
        {"role": "agent", "sub": 7},
        {"role": "anonymous", "sub": "x"},
        {"role": "root", "sub": "x"},
        {"role": ["agent"], "sub": "x"},
        {"role": "agent", "sub": "x", "expires_at": str(int(NOW_S))},
        {"role": "agent", "sub": "x", "expires_at": "soon"},
    ],
)
def test_what_the_authorizer_did_not_tell_is_not_believed(told: dict[str, Any] | None) -> None:
    with pytest.raises(UnauthorizedError):
        caller_of(told, NOW_S)


@pytest.mark.parametrize(
    "environ", [{}, {"AUTH_MODE": ""}, {"AUTH_MODE": "of"}, {"AUTH_MODE": "OFF"}, {"AUTH_MODE": "required"}]
)
def test_callers_must_be_known_unless_it_is_said_exactly_that_they_need_not(environ: dict[str, str]) -> None:
    assert is_auth_required(environ)


def test_it_can_be_said() -> None:
    assert not is_auth_required({"AUTH_MODE": "off"})


def test_a_customer_owns_what_is_theirs_and_everybody_else_sees_all() -> None:
    assert [CUSTOMER.owns(each) for each in ("cust_7", "cust_8", None)] == [True, False, False]
    assert all(caller.owns("cust_8") for caller in (Caller("agent", "a", agent_id="a"), ANONYMOUS))


def test_a_customer_asks_for_their_own_whether_they_say_so_or_not() -> None:
    assert CUSTOMER.own(None) == CUSTOMER.own("cust_7") == "cust_7"
    with pytest.raises(ForbiddenError):
        CUSTOMER.own("cust_8")


def test_others_ask_for_whom_they_like() -> None:
    assert [ANONYMOUS.own(each) for each in (None, "cust_8")] == [None, "cust_8"]
