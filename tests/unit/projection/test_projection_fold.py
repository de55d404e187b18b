"""The fold, without any store."""

import pytest

from envelope.errors import UnreadableError
from functions.projection.counting import count, without_zeros
from functions.projection.fold import OutOfPlaceError, VersionGapError, fold
from functions.projection.text import storable
from repositories.errors import ForkError
from repositories.ports.read_model_rows import ClaimRow
from repositories.ports.read_model_writer import CounterDeltas
from tests.contract.read_models_contract import assigned, created, event, life, started


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


def test_data_that_no_version_of_us_wrote_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        fold(None, event("ReclamationCreee", {"customer_id": "c"}), 1)


def test_addresses_and_phone_numbers_stay_out_of_the_read_models() -> None:
    contact = {"name": "Zoé", "email": "zoe@example.org", "phone": "+15145550100"}
    row = fold(None, created(customer=contact), 1)
    email = event("ReclamationAffectee", {"agent_id": "a", "agent_email": "a@example.org"}, version=2, position=2)
    shown = repr(fold(row, email, 2))
    assert "Zoé" in shown
    assert "example.org" not in shown
    assert "5550100" not in shown


def test_an_event_that_moves_no_counter_has_no_delta() -> None:
    deltas = CounterDeltas()
    count(deltas, folded(2), folded(3))
    kept = without_zeros(deltas)
    assert (kept.customers, kept.days) == ({}, {})
    assert list(kept.claim_types) == ["product_defect"]


def test_unstorable_characters_are_replaced_wherever_they_stand() -> None:
    assert storable({"a\x00": ["b\ud800", {"c": "d"}], "n": 2**64, "t": True}) == {
        "a\ufffd": ["b\ufffd", {"c": "d"}],
        "n": None,
        "t": True,
    }
