"""`deploy` on the command line: wrong use, the question, what a build is asked for, how tables are written."""

import argparse
from pathlib import Path
from typing import Any

import pytest

from local.cli.deploy_common import confirm
from local.cli.errors import UsageError
from local.cli.main import read_arguments, run
from local.cli.tables import print_table
from tests.deploy_builds import SHOP, make_build

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--target", "aws", "--prune"], "--prune is not for --target aws"),
        (["--target", "aws", "--endpoint", "http://localhost"], "--endpoint is not for --target aws"),
        (["--target", "localstack", "--bucket", "ours"], "--bucket is not for --target localstack"),
        (["--target", "localstack", "--no-build", "--arch", "arm64"], "--no-build makes none"),
        (["--target", "localstack", "--stack", "two words"], "--stack takes up to 64 letters"),
    ],
)
def test_wrong_use_is_told_before_anything_is_done(arguments: list[str], problem: str, capsys: Captured) -> None:
    assert run(["deploy", *arguments]) == 2
    assert problem in capsys.readouterr().err


def test_without_a_build_the_command_says_how_to_make_one(tmp_path: Path, capsys: Captured) -> None:
    assert run(["deploy", "--target", "localstack", "--no-build", "--dist", str(tmp_path / "none")]) == 1
    assert "make them: ./recours package" in capsys.readouterr().err


def test_a_secret_stays_out_of_errors_of_the_template(tmp_path: Path, capsys: Captured, unreachable: None) -> None:
    text = SHOP.replace("DatabaseUrl: { Type: String, NoEcho: true }", "DatabaseUrl: { Type: Number, NoEcho: true }")
    arguments = ["deploy", "--target", "localstack", "--no-build", "--dist", str(make_build(tmp_path, text))]
    assert run([*arguments, "--param", "DatabaseUrl=hunter2"]) == 1
    assert capsys.readouterr().err == "recours: Parameters.DatabaseUrl: '****' is not a number\n"


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site that answers nothing but who we are."""
    from local.deploying.localstack.site import Site
    from local.deploying.wanted.names import Names

    def open_site(stack: str, endpoint: str | None, region: str, *, acts: bool) -> Site:
        return Site(None, "http://localhost:4566", Names(stack, "000000000000", region), acts)

    monkeypatch.setattr("local.deploying.localstack.site.open_site", open_site)


def test_the_packages_are_made_first_for_the_processor_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def build(template: Path, dist: Path, cache: Path, tell: Any, **options: Any) -> Any:
        asked.append({"template": template, "dist": dist} | options)
        make_build(dist, SHOP)
        return argparse.Namespace(packages=())

    monkeypatch.setattr("local.packaging.building.build", build)
    monkeypatch.setattr("local.cli.deploy_localstack.deploy_to_localstack", lambda given, made: len(made.zips))
    arguments = ["deploy", "--target", "localstack", "--dist", str(tmp_path), "--arch", "x86_64"]
    assert run([*arguments, "--template", str(tmp_path / "shop.yaml")]) == 3
    assert asked == [{"template": tmp_path / "shop.yaml", "dist": tmp_path, "architecture": "x86_64"}]


@pytest.mark.parametrize(("answer", "wanted"), [("y", True), ("YES", True), ("", False), ("no", False)])
def test_on_a_terminal_a_person_is_asked(monkeypatch: pytest.MonkeyPatch, answer: str, wanted: bool) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    assert confirm(argparse.Namespace(yes=False), "Go on?") is wanted


def test_who_ends_the_input_wants_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(question: str) -> str:
        raise EOFError

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", end)
    assert not confirm(argparse.Namespace(yes=False), "Go on?")


def test_without_a_terminal_only_yes_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert confirm(argparse.Namespace(yes=True), "Go on?")
    with pytest.raises(UsageError, match="repeat with --yes"):
        confirm(argparse.Namespace(yes=False), "Go on?")


def test_a_table_that_a_program_reads_has_plain_columns(capsys: Captured) -> None:
    print_table(("resource", "what"), [("layer", "created"), ("function", "[bold]unchanged")])
    assert capsys.readouterr().out == "RESOURCE  WHAT\nlayer     created\nfunction  [bold]unchanged\n"


def test_a_table_on_a_terminal_shows_brackets_as_they_are(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    print_table(("resource", "what"), [("layer", "[bold]created")])
    assert "[bold]created" in capsys.readouterr().out


def test_a_table_without_rows_is_nothing(capsys: Captured) -> None:
    print_table(("resource",), [])
    assert capsys.readouterr().out == ""


def test_a_build_is_made_unless_it_is_forbidden() -> None:
    assert read_arguments(["deploy", "--target", "aws"]).build
    assert not read_arguments(["deploy", "--target", "aws", "--no-build"]).build
