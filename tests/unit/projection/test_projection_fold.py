"""The fold, without any store."""

from datetime import timedelta

import pytest

from envelope import Envelope, context_id_of
from envelope.errors import UnreadableError
from functions.projection.counting import count, without_zeros
from functions.projection.fold import ClaimMissingError, OutOfPlaceError, VersionGapError, fold
from functions.projection.text import storable
from repositories.errors import ForkError
from repositories.ports.read_model_rows import ClaimRow
from repositories.ports.read_model_writer import CounterDeltas, ProductDelta, TotalDelta
from tests.contract.read_models_contract import EPOCH, assigned, created, enriched, event, life, order_told, started


def folded(count_of_events: int) -> ClaimRow:
    row: ClaimRow | None = None
    for envelope in life()[:count_of_events]:
        row = fold(row, envelope, envelope.position or 0)
    assert row is not None
    return row


def test_an_event_that_is_in_the_row_gives_the_very_row() -> None:
    row = folded(3)
    assert fold(row, life()[1], 2) is row


def test_a_version_too_far_waits_for_the_missing_one() -> None:
    with pytest.raises(VersionGapError, match="version 2 is missing"):
        fold(folded(1), life()[2], 3)


def test_a_first_event_that_creates_nothing_is_out_of_place() -> None:
    with pytest.raises(OutOfPlaceError, match="begins with ReclamationEnCours"):
        fold(None, started(version=1), 1)


def test_a_second_creation_is_out_of_place() -> None:
    with pytest.raises(OutOfPlaceError, match="created again"):
        fold(folded(1), created(version=2), 2)


def test_another_event_at_an_applied_version_is_a_fork() -> None:
    with pytest.raises(ForkError):
        fold(folded(2), assigned(version=2, event_id="another"), 2)


def test_a_context_that_is_in_the_row_gives_the_very_row() -> None:
    row = fold(folded(2), enriched(order=order_told()), 6)
    assert fold(row, enriched(order=order_told()), 6) is row


def test_a_context_without_its_claim_comes_again() -> None:
    with pytest.raises(ClaimMissingError, match="claim_1 is not there yet"):
        fold(None, enriched(), 2)


def test_another_context_of_the_claim_is_a_fork() -> None:
    row = fold(folded(1), enriched(position=2), 2)
    with pytest.raises(ForkError):
        fold(row, enriched(position=3, event_id="another"), 3)


@pytest.mark.parametrize(
    "odd",
    [
        enriched(version=2),
        enriched("claim_2").model_copy(update={"aggregate_id": context_id_of("claim_1")}),
        created(claim_id=context_id_of("claim_1")),
        event("ReclamationEnrichie", {"claim_id": "claim_1"}, version=2, position=2),
    ],
)
def test_a_context_that_stands_elsewhere_is_out_of_place(odd: Envelope) -> None:
    with pytest.raises(OutOfPlaceError):
        fold(folded(1), odd, 2)


def test_an_event_from_before_the_context_takes_nothing_back() -> None:
    row = fold(folded(1), enriched(position=9), 9)
    row = fold(row, assigned(version=2, position=2), 2)
    assert (row.version, row.position, row.updated_at) == (2, 9, EPOCH + timedelta(minutes=9))


def test_data_that_no_version_of_us_wrote_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        fold(None, event("ReclamationCreee", {"customer_id": "c"}), 1)


def test_addresses_and_phone_numbers_stay_out_of_the_read_models() -> None:
    contact = {"name": "Zoé", "email": "zoe@example.org", "phone": "+15145550100"}
    row = fold(None, created(customer=contact), 1)
    email = event("ReclamationAffectee", {"agent_id": "a", "agent_email": "a@example.org"}, version=2, position=2)
    row = fold(row, email, 2)
    shown = repr(fold(row, enriched(customer={**contact, "phone": "+15145550199"}, position=3), 3))
    assert "Zoé" in shown
    assert "5550199" not in shown
    assert "example.org" not in shown
    assert "5550100" not in shown


def test_an_event_that_moves_no_counter_has_no_delta() -> None:
    deltas = CounterDeltas()
    count(deltas, folded(2), folded(3))
    kept = without_zeros(deltas)
    assert (kept.customers, kept.days) == ({}, {})
    assert list(kept.claim_types) == ["product_defect"]
    assert (kept.products, kept.orders, kept.order_statuses, kept.channels) == ({}, {}, {}, {})


def test_a_context_moves_the_counters_that_it_tells_of_and_no_other() -> None:
    row = fold(None, created(order_id="order_1", customer_id="customer_of_order_1"), 1)
    deltas = CounterDeltas()
    updated = count(deltas, row, fold(row, enriched(order=order_told(), customer_id="cust_real", position=2), 2))
    kept = without_zeros(deltas)
    assert updated == {"claim", "customer_stats", "product_stats", "order_stats"}
    moved = {key: delta.total_claims for key, delta in kept.customers.items()}
    assert moved == {"customer_of_order_1": -1, "cust_real": 1}
    named = ProductDelta(1, 1, 0, 0, product_name="Casque audio", named_at=EPOCH + timedelta(minutes=2))
    assert kept.products == {"product_1": named}
    assert kept.order_statuses == {"unknown": TotalDelta(-1), "delivered": TotalDelta(1)}
    assert (kept.orders, kept.channels, kept.claim_types, kept.days) == ({}, {}, {}, {})


def test_unstorable_characters_are_replaced_wherever_they_stand() -> None:
    assert storable({"a\x00": ["b\ud800", {"c": "d"}], "n": 2**64, "t": True}) == {
        "a\ufffd": ["b\ufffd", {"c": "d"}],
        "n": None,
        "t": True,
    }
