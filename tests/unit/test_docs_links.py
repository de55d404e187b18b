"""Links between the pages, and the tests and folders that they name, lead somewhere."""

import re
from pathlib import Path

import pytest

from local.paths import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        if link.startswith("http"):
            continue
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_test_and_fixture_that_is_named_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for named in re.findall(r"\b((?:tests|events)/[\w/.-]+\.(?:py|sh|json))\b", text):
        is_the_readers_own = f"`{named}`:\n\n```" in text  # whose text follows: a file that the page has one make
        assert is_the_readers_own or (ROOT / named).exists(), named
