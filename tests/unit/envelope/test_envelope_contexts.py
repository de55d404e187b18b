"""A claim's context is named after its claim."""

from envelope import claim_id_of, context_id_of, is_context_id


def test_a_context_is_named_after_its_claim_and_leads_back_to_it() -> None:
    context_id = context_id_of("claim_67890")
    assert context_id == "context_claim_67890"
    assert claim_id_of(context_id) == claim_id_of("claim_67890") == "claim_67890"


def test_a_context_can_be_told_from_a_claim() -> None:
    assert is_context_id(context_id_of("claim_67890"))
    assert not is_context_id("claim_67890")
