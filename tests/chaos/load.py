"""A load test that runs beside the test, so that something can be killed in the middle of it."""

import json
import subprocess
from pathlib import Path
from typing import IO, Any

from local.loadtest.scenario import COMMANDS_PER_CLAIM
from local.paths import ROOT
from tests.system import recours_command

_END_SECONDS_MAX = 180


class RunningLoad:
    """`./recours load-test`, started. Use as a context: at its end the process has ended."""

    def __init__(self, data: Path, claims: int, threads: int) -> None:
        self._commands = claims * COMMANDS_PER_CLAIM
        arguments = ["--claims", str(claims), "--threads", str(threads), "--data", str(data), "--json"]
        self._process = subprocess.Popen(
            recours_command("load-test", *arguments),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._said: list[str] = []

    def __enter__(self) -> "RunningLoad":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def wait_for(self, share: float) -> int:
        """Return how many commands are acknowledged, once that is at least `share` of all."""
        for line in self._stderr():
            self._said.append(line)
            label, _, count = line.partition(" ")
            if label == "acknowledged" and int(count.split("/")[0]) >= share * self._commands:
                return int(count.split("/")[0])
        raise AssertionError(f"the load test ended before {share:.0%} was acknowledged:\n{''.join(self._said)}")

    def result(self) -> tuple[int, dict[str, Any], str]:
        """Wait for the end; return the exit code, the numbers, and what was said on standard error."""
        stdout, stderr = self._process.communicate(timeout=_END_SECONDS_MAX)
        said = "".join([*self._said, stderr])
        assert stdout, f"the load test printed no numbers:\n{said}"
        return self._process.returncode, json.loads(stdout), said

    def _stderr(self) -> IO[str]:
        assert self._process.stderr is not None
        return self._process.stderr
