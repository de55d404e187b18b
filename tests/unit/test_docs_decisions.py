"""`docs/adr/` lists each decision once, in its own words, and each has what a decision needs."""

import re
from pathlib import Path

import pytest

from local.paths import ROOT

FOLDER = ROOT / "docs/adr"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))


def title_and_door(page: Path) -> tuple[str, str, str]:
    """Number, title and door, from the heading and the line below it; older pages have the door in the heading."""
    heading, _, below = page.read_text(encoding="utf-8").partition("\n")
    found = re.match(r"# (\d+)\. (.+?)(?: {2,}.*)?$", heading)
    assert found, f"{page.name} begins with its number and title"
    door = re.search(r"\b(one-way|two-way) door\b", heading + below.split("##")[0])
    assert door, f"{page.name} says which door it is"
    return found[1], found[2], door[1]


def test_the_list_has_each_decision_as_its_page_has_it() -> None:
    listed = re.findall(
        r"^\| (\d+) \| \[(.+)\]\((.+)\) \| (\S+) \|$", (FOLDER / "README.md").read_text("utf-8"), re.MULTILINE
    )
    wanted = [(number, title, page.name, door) for page in DECISIONS for number, title, door in [title_and_door(page)]]
    assert listed == wanted


def test_the_numbers_have_no_gap() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_tells_its_context_what_was_decided_and_what_follows(page: Path) -> None:
    number, _, _ = title_and_door(page)
    assert page.name.startswith(f"{int(number):04}-")
    sections = re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    wanted = [section for section in sections if section in ("Context", "Decision", "Consequences")]
    assert wanted == ["Context", "Decision", "Consequences"]
