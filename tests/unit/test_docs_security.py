"""`docs/security.md` says of roles and routes what the table of the code says."""

import re

from handlers.access import ALLOWED, OPEN, ROLES, Role, Route
from local.paths import ROOT

PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
SERVICES = {path.split("/")[1] for _, path in ALLOWED if path.split("/")[1].endswith("-service")}


def rows() -> list[tuple[list[Route], dict[Role, str]]]:
    """The routes of each line of the table, with base paths, and its cells by role."""
    heading = f"| Service | Routes | {' | '.join(ROLES)} |\n"
    assert heading in PAGE
    found, service = [], ""
    for line in PAGE.split(heading)[1].split("\n\n")[0].splitlines()[1:]:
        named, routes, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        service = named or service
        told = re.findall(r"`([A-Z]+) (/[^`]*)`", routes)
        found.append((_with_base_paths(service, told), dict(zip(ROLES, cells, strict=True))))
    return found


def _with_base_paths(service: str, told: list[Route]) -> list[Route]:
    if service == "emulator":
        return told
    bases = sorted(SERVICES) if service == "every service" else [service]
    return [(method, f"/{base}{path}") for base in bases for method, path in told]


def test_the_page_has_each_route_once() -> None:
    told = [route for routes, _ in rows() for route in routes]
    assert sorted(told) == sorted([*ALLOWED, *OPEN])


def test_the_page_lets_in_whom_the_code_lets_in() -> None:
    for routes, cells in rows():
        for route in routes:
            if route in OPEN:
                assert set(cells.values()) == {"open"}, route
            else:
                assert {role for role, cell in cells.items() if cell in ("yes", "own")} == ALLOWED[route], route
                assert set(cells.values()) <= {"yes", "own", "–"}, route


def test_customers_alone_have_what_is_theirs_and_nothing_else() -> None:
    for routes, cells in rows():
        assert cells["customer"] in ("own", "–", "open"), routes
        assert "own" not in [cell for role, cell in cells.items() if role != "customer"], routes


def test_every_role_is_told_of() -> None:
    for role in ROLES:
        assert f"\n| {role} | " in PAGE
