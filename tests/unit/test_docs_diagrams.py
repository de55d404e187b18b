"""Every diagram can be drawn as far as that can be told cheaply, and says what the code and the template say."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from claim_domain import Claim, ClaimStatus, WrongStatusError, decide, evolve
from claim_domain.commands import AssignClaim, ClaimCommand, CloseClaim, CreateClaim, ResolveClaim, StartClaim
from envelope import utc_now
from envelope.errors import NotFoundError
from local.pages.subjects import subjects
from local.paths import ROOT

ARCHITECTURE = ROOT / "docs/architecture.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
KINDS = ("flowchart LR", "flowchart TB", "sequenceDiagram", "stateDiagram-v2")
# What opens a block that `end` closes, by the first word of a line.
OPENING = {"subgraph", "alt", "par", "loop", "opt"}
COMMANDS: dict[str, ClaimCommand] = {
    "create": CreateClaim("cust_1", "product_defect", "broken"),
    "assign": AssignClaim("agent_1"),
    "start": StartClaim(),
    "resolve": ResolveClaim("mended"),
    "close": CloseClaim(),
}
Step = tuple[str, str, str, str]
"""Status before (`[*]`: none), command, event, status after."""


def diagrams() -> list[tuple[Path, str]]:
    return [
        (page, block)
        for page in PAGES
        for block in re.findall(r"```mermaid\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    ]


def diagram_below(heading: str) -> str:
    section = ARCHITECTURE.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1]
    return section.split("```mermaid\n")[1].split("```")[0]


@pytest.mark.parametrize(
    ("page", "block"), diagrams(), ids=[f"{page.name}-{number}" for number, (page, _) in enumerate(diagrams())]
)
def test_a_diagram_is_of_a_kind_that_is_drawn_and_closes_what_it_opens(page: Path, block: str) -> None:
    kind, *lines = block.splitlines()
    assert kind in KINDS, page
    first_words = [line.split()[0] for line in lines if line.strip()]
    assert sum(word in OPENING for word in first_words) == first_words.count("end"), page
    for opened, closed in ("[]", "()", "{}"):
        assert block.count(opened) == block.count(closed), page
    assert block.count('"') % 2 == 0, page


def test_the_diagram_of_the_whole_has_each_service_on_its_port() -> None:
    drawn = dict(re.findall(r'\["(\w+)<br>(\d+)"\]', diagram_below("The whole")))
    served = {each.folder: str(each.http[0].port) for each in subjects() if each.http}
    assert drawn == served


def test_each_port_and_group_in_a_diagram_is_the_templates() -> None:
    ports = {(each.folder, str(each.http[0].port)) for each in subjects() if each.http}
    groups = {
        str(function.mapping["Group"]) for each in subjects() for function in each.subscribers if function.mapping
    }
    drawn = "\n".join(block for page, block in diagrams() if page == ARCHITECTURE)
    assert set(re.findall(r'"(\w+)<br>(\d{4})"', drawn)) == ports
    assert set(re.findall(r"-- (\w+(?:-\w+)*-service) -->", drawn)) == groups


def test_the_diagram_of_a_claims_life_has_the_steps_that_the_domain_decides_and_no_other() -> None:
    drawn = re.findall(r"^ +(\S+) --> (\w+): (\w+) / (\w+)$", diagram_below("A claim's life"), re.MULTILINE)
    assert sorted((before, command, event, after) for before, after, command, event in drawn) == sorted(steps())


def steps() -> Iterator[Step]:
    """Every step that the domain takes, tried with each command from each status that can be reached."""
    claims = {str(claim.status): claim for claim in life()}
    assert claims.keys() == set(ClaimStatus)
    before: dict[str, Claim | None] = {"[*]": None, **claims}
    for (status, claim), (name, command) in product(before.items(), COMMANDS.items()):
        if claim is not None and name == "create":
            continue  # a claim is made once, under an id of its own
        try:
            event = decide(claim, command)
        except (WrongStatusError, NotFoundError):
            continue
        after = evolve(claim, event, claim_id="claim_1", occurred_at=utc_now())
        yield status, name, type(event).__name__, str(after.status)


def life() -> Iterator[Claim]:
    """A claim from its making to its end."""
    claim: Claim | None = None
    for command in COMMANDS.values():
        claim = evolve(claim, decide(claim, command), claim_id="claim_1", occurred_at=utc_now())
        yield claim
