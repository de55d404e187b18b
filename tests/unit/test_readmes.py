"""The README in two languages says the same, and both are as the template is."""

import re

import pytest

from local.paths import DEFAULT_TEMPLATE, ROOT
from local.supervisor.plan import service_ports
from local.supervisor.system import read_template

ENGLISH, FRENCH = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.fr.md"))
BOTH = pytest.mark.parametrize("readme", [ENGLISH, FRENCH], ids=["English", "French"])


def commands(readme: str) -> list[str]:
    """Every block, without what follows a `#`: that is for people, in their language."""
    blocks = re.findall(r"```(?:sh|mermaid)\n.*?```", readme, re.DOTALL)
    return [re.sub(r" *# .*", "", block) for block in blocks]


def test_the_same_is_typed_and_drawn_in_both() -> None:
    assert len(commands(ENGLISH)) >= 7
    assert commands(FRENCH) == commands(ENGLISH)


def test_both_lead_to_the_same_pages_in_the_same_order() -> None:
    links = r"\]\(((?:docs/|CONTRIBUTING)[^)]*)\)"
    french = [link for link in re.findall(links, FRENCH) if link != "docs/glossary.md"]
    assert french == re.findall(links, ENGLISH)


def test_both_have_the_same_parts() -> None:
    assert ENGLISH.count("\n## ") == FRENCH.count("\n## ")
    assert ENGLISH.count("\n- ") == FRENCH.count("\n- ")
    assert ENGLISH.count("\n| ") == FRENCH.count("\n| ")


@BOTH
def test_the_table_of_ports_is_the_templates(readme: str) -> None:
    told = {name: int(port) for port, name in re.findall(r"^\| (81\d\d) \| (\w+) \|", readme, re.MULTILINE)}
    assert told == {"gateway": 8100, **service_ports(read_template(DEFAULT_TEMPLATE))}
