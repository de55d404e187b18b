"""The Python that a package was made for, wherever this machine has it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from local.packaged.errors import PackagedError

OVERRIDE = "RECOURS_PYTHON_LAMBDA"
_ASK = "import sys; print('%d.%d' % sys.version_info[:2], getattr(sys, '_base_executable', sys.executable))"
_ANSWER_S_MAX = 20.0


@cache
def find_python(version: str) -> Path:
    """The program of Python `version` (`3.13`). Raises PackagedError that tells where it was looked for."""
    return look_for_python(version, os.environ)


def look_for_python(version: str, variables: Mapping[str, str]) -> Path:
    """As `find_python`, with the environment variables given.

    `RECOURS_PYTHON_LAMBDA` decides alone where it is set; else the first that really is that version: `python3.13` on
    PATH, which may be pyenv's shim for a version that is not chosen, then those that pyenv has.
    """
    if given := variables.get(OVERRIDE):
        found = _program(given, version, variables)
        if found is None:
            raise PackagedError(f"{OVERRIDE}: {given} is no Python {version}")
        return found
    for candidate in _candidates(version, variables):
        if found := _program(candidate, version, variables):
            return found
    raise PackagedError(
        f"packages for Python {version} need a Python {version} to run here, and there is none on PATH or in pyenv; "
        f"install it (pyenv install {version}, uv python install {version}), or name it in {OVERRIDE}"
    )


def _candidates(version: str, variables: Mapping[str, str]) -> Iterator[str]:
    yield f"python{version}"
    root = Path(variables.get("PYENV_ROOT") or Path(variables.get("HOME", "/"), ".pyenv"))
    found = sorted(root.glob(f"versions/{version}.*/bin/python{version}"), key=_patch, reverse=True)
    yield from (str(path) for path in found)


def _patch(program: Path) -> list[int]:
    """The version in the folder's name as numbers: 3.13.10 is newer than 3.13.9."""
    return [int(number) for number in re.findall(r"\d+", program.parent.parent.name)]


def _program(name: str, version: str, variables: Mapping[str, str]) -> Path | None:
    """The real program behind a name, where it runs and is of that version."""
    place = shutil.which(name, path=variables.get("PATH", os.defpath))
    if place is None:
        return None
    try:
        answer = subprocess.run(
            [place, "-I", "-c", _ASK], check=True, capture_output=True, text=True, timeout=_ANSWER_S_MAX, env=variables
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    told, _, program = answer.strip().partition(" ")
    return Path(program) if told == version else None
