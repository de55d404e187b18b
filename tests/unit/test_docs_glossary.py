"""The glossary has every word that is published: events, statuses, kinds of claims, roles."""

from typing import get_args

import pytest

from claim_domain import ClaimStatus
from envelope import EVENT_TYPES, ClaimType, Urgency
from handlers.access import ROLES
from local.paths import ROOT

GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", [*EVENT_TYPES, *ClaimStatus, *get_args(ClaimType), *get_args(Urgency)])
def test_a_published_name_stands_in_the_glossary(word: str) -> None:
    assert f"`{word}`" in GLOSSARY


@pytest.mark.parametrize("role", [role for role in ROLES if role != "service"])
def test_a_person_with_a_role_stands_in_the_glossary(role: str) -> None:
    assert f"\n| {role} | " in GLOSSARY
