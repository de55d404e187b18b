"""`docs/emulator.md`, followed: the project in it, what it answers, and its log as it is shown."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.paths import ROOT
from tests.system import RunningSystem, check, eventually, run_recours, running_system

PAGE = (ROOT / "docs/emulator.md").read_text(encoding="utf-8")
RELOADED_S_MAX = 10

# What differs from run to run.
VARYING = (
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "TIME"),
    (r'File \\"[^"]*app\.py\\", line \d+', "File LINE"),
    (r"(Duration: )[\d.]+ ms", r"\1MS"),
    (r"(Max Memory Used: )\d+ MB", r"\1MB"),
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's project, with the authorizer and its function added."""
    folder = tmp_path_factory.mktemp("hello")
    template, guarded = blocks("yaml")
    app, authorizer, _ = blocks("python")
    (folder / "template.yaml").write_text(template + guarded)
    (folder / "app.py").write_text(f"{app}\n\n{authorizer}")
    return folder


@pytest.fixture(scope="module")
def system(project: Path) -> Iterator[RunningSystem]:
    with running_system("--template", str(project / "template.yaml")) as system:
        yield system


def constant(text: str) -> str:
    for pattern, name in VARYING:
        text = re.sub(pattern, name, text)
    return text


def statuses(system: RunningSystem, *paths: str) -> list[int]:
    with httpx.Client(base_url=system.url("gateway"), timeout=30) as client:
        return [client.get(path).status_code for path in paths]


def test_the_template_is_one_that_is_run(project: Path) -> None:
    check(run_recours("template", "check", str(project / "template.yaml")))


def test_the_log_of_an_answer_and_of_three_failures_is_as_the_page_shows_it(system: RunningSystem) -> None:
    assert statuses(system, "/hello/Aline", "/slow", "/die", "/leak") == [200, 500, 500, 500]
    [shown] = [block for block in blocks("text") if block.startswith("START")]
    assert constant((system.data / "logs" / "Hello.log").read_text()) == constant(shown)


def test_the_authorizer_decides_as_the_page_says(system: RunningSystem) -> None:
    url = f"{system.url('gateway')}/greet/Bo"
    answers = [httpx.get(url, headers=headers) for headers in ({}, {"X-Key": "please"}, {"X-Key": "sesame"})]
    assert [answer.status_code for answer in answers] == [401, 403, 200]
    assert answers[2].json() == {"hello": "Bo"}


def test_a_saved_file_is_what_the_next_invocation_runs(system: RunningSystem, project: Path) -> None:
    app = project / "app.py"
    app.write_text(app.read_text().replace('{"hello"', '{"bonjour"'))
    url = f"{system.url('gateway')}/hello/Bo"
    answer = eventually(lambda: httpx.get(url).json(), lambda told: told == {"bonjour": "Bo"}, RELOADED_S_MAX)
    assert answer == {"bonjour": "Bo"}
