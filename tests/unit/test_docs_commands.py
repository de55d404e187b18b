"""Each `./recours …` that a page names is a command with options that it has, and each address of a service a route."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cli.main import build_parser
from local.pages.subjects import subjects
from local.paths import ROOT

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
# Their arguments are read elsewhere: by pytest, and by the modules that do the work.
PASSED_ON = {"load-test", "bench"}


def commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """What stands below a parser, by name."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= action.choices
    return found


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Every option of a command and of what stands below it."""
    below = (option for each in commands(parser).values() for option in options_of(each))
    return {*parser._option_string_actions, *below}


def named(page: Path) -> Iterator[list[str]]:
    """The words of each command on a page, up to what is no word of it any more."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in re.findall(r"\./recours ([^\n`|;&)\"]*)", text):
        words = line.split(" #")[0].split(" -- ")[0].split()
        yield words


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_command_on_a_page_is_there_with_its_options(page: Path) -> None:
    known = commands(build_parser())
    for command, *words in filter(None, named(page)):
        if not re.fullmatch(r"[a-z][a-z0-9-]*", command):
            continue  # `./recours COMMAND --help`, `./recours …`
        assert command in known, f"./recours {command}"
        options = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        if command not in PASSED_ON:
            assert options <= options_of(known[command]), f"./recours {command} {' '.join(words)}"


def paths_of_ports() -> dict[int, list[str]]:
    """The routes on each service's own port."""
    found: dict[int, list[str]] = {}
    for function in (function for each in subjects() for function in each.http):
        assert function.port is not None, function.name
        found.setdefault(function.port, []).extend(function.local_path(route) for route in function.routes)
    return found


def leads_to(path: str, route: str) -> bool:
    """Whether a path is the route's, where a shell's variable stands for any part."""
    parts = list(zip(path.split("/"), route.split("/"), strict=False))
    is_as_long = path.count("/") == route.count("/")
    return is_as_long and all(part == own or own.startswith("{") or part.startswith("$") for part, own in parts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_address_of_a_service_on_a_page_is_a_route_of_it(page: Path) -> None:
    known = paths_of_ports()
    for port, path in re.findall(r"localhost:(\d+)(/[^\s\"'`?)|]*)", page.read_text(encoding="utf-8")):
        if int(port) in known:
            assert any(leads_to(path, route) for route in known[int(port)]), f"{port}{path}"
