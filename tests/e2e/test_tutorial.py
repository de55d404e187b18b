"""The tutorial, step by step, in a copy of the project: files are written and commands typed as the page says."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.paths import ROOT
from local.state import data_directory, read_state
from tests.system import check, eventually

PAGE = ROOT / "docs/tutorial.md"
PORTS = {"8101": "claims", "8109": "escalation"}
SECONDS_MAX = 120
SETTLED_SECONDS_MAX = 20
# What differs from one run to the next.
CHANGING = re.compile(r"claim_[0-9a-f]{32}|\d{4}-\d\d-\d\dT[\d:.]+Z")


@dataclass(frozen=True)
class Step:
    """A block of the page: what a reader types (`sh`), sees (`json`), or puts into the file named before it."""

    language: str
    text: str
    file: str | None


def steps() -> list[Step]:
    """The page's blocks in order."""
    found = re.findall(r"(?:`([\w/.]+)`:\n\n)?```(\w+)\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return [Step(language, text, file or None) for file, language, text in found]


class Reader:
    """Somebody who follows the page in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / ".recours"
        self._typed: list[str] = []
        self.said: list[str] = []

    def follow(self, step: Step) -> None:
        """Do what the block says; what a block of JSON shows must be what was said last."""
        match step.language:
            case "sh":
                self._type(step.text)
            case "python":
                assert step.file is not None
                (self.folder / step.file).write_text(step.text, encoding="utf-8")
            case "yaml":
                template = self.folder / "template.yaml"
                resources, outputs = template.read_text("utf-8").split("\nOutputs:")
                template.write_text(f"{resources}\n{step.text}\nOutputs:{outputs}", encoding="utf-8")
            case "json":
                assert self._seen(constant(step.text)) == constant(step.text)
            case other:
                pytest.fail(f"what is to be done with {other}?")

    def _type(self, commands: str) -> None:
        """A shell remembers what was set in the blocks before."""
        self.said.append(self._shell(commands))
        self._typed.append(commands)

    def _shell(self, commands: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "".join([*self._remembered(), self._translated(commands)])],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        check(done)
        return done.stdout

    def _seen(self, wanted: Any) -> Any:
        """What was said last; where it only looks, it looks until it is as wanted or the time is over."""
        look = self._typed[-1].splitlines()[-1]
        if look.startswith("curl -s localhost:8109/"):
            return eventually(lambda: constant(self._shell(look)), wanted.__eq__, SETTLED_SECONDS_MAX)
        return constant(self.said[-1].strip().splitlines()[-1])

    def _remembered(self) -> Iterator[str]:
        """The variables that are set by answers; the claim is not made again for it."""
        if any("answer=" in typed for typed in self._typed):
            yield f"id={shlex.quote(self._id())}\n"

    def _id(self) -> str:
        answers = [json.loads(line) for line in (self.folder / "answers").read_text().splitlines()]
        return str(answers[0]["claim_id"])

    def _translated(self, commands: str) -> str:
        """The same on any free ports, and with the tests' requirements that are installed already."""
        state = read_state(data_directory(self.data))
        urls = state.urls if state else {}
        commands = re.sub(r"localhost:(\d+)", lambda port: urls[PORTS[port[1]]].removeprefix("http://"), commands)
        commands = commands.replace("./recours up --detach", "./recours up --detach --ports free")
        commands = commands.replace("./recours test unit -- -q -k escalation", "./pytest -q tests/unit/escalation")
        commands = re.sub(r"^(id=.*)$", r'echo "$answer" >> answers\n\1', commands, flags=re.MULTILINE)
        commands = re.sub(r"^sleep \d+\n", "", commands, flags=re.MULTILINE)  # a test looks again instead
        return commands.replace("./recours down\n", "")  # nothing is up yet: a reader comes from the README


def constant(answer: str) -> Any:
    """An answer without what is new each time."""
    return json.loads(CHANGING.sub("…", answer))


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """A reader with a copy of what is in the repository, and with what is installed here."""
    folder = tmp_path / "project"
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for name, module in (("recours", "local"), ("pytest", "pytest")):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {module} "$@"\n')
        program.chmod(0o755)
    reader = Reader(folder)
    try:
        yield reader
    finally:
        subprocess.run([folder / "recours", "down"], cwd=folder, capture_output=True, check=True, timeout=SECONDS_MAX)


def test_each_step_does_what_the_page_says(reader: Reader) -> None:
    page = steps()
    assert [step.language for step in page].count("json") >= 4
    for step in page:
        reader.follow(step)
    log = reader.folder / ".recours" / "logs" / "escalation-poller.log"
    assert log.read_text().count("claim escalated") == 2
    [watched] = [said for said in reader.said if "claim escalated" in said]
    assert 'events_processed_total{event_type="ReclamationAffectee",service="escalation"} 1.0' in watched
