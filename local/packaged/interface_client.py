"""AWS's runtime interface client, and what else Lambda's runtime has, in a folder of its own."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from local.packaged.errors import PackagedError
from local.paths import ROOT

LOCK = ROOT / "requirements" / "lambdaric.txt"
_LAST_LINES = 8


def install_interface_client(python: Path, version: str, cache: Path, tell: Callable[[str], None]) -> Path:
    """The folder with `awslambdaric` for that Python, installed where it is not there yet. Raises PackagedError."""
    folder = interface_client_folder(version, cache)
    if not folder.is_dir():
        tell(f"installing Lambda's runtime interface client for Python {version} (once)")
        _install(python, folder)
    return folder


def interface_client_folder(version: str, cache: Path) -> Path:
    """Where it is or will be: another place for each version of the locked requirements."""
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    return cache / f"python{version}-{digest}"


def _install(python: Path, folder: Path) -> None:
    """Install aside and move into place once whole. Another process may have been quicker: its is as good."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(dir=folder.parent))
    try:
        _pip_install(python, unfinished)
        os.rename(unfinished, folder)
    except OSError:
        if not folder.is_dir():
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _pip_install(python: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check", "--no-compile", "--no-deps", "--require-hashes"]
    command += ["--target", str(folder), "--requirement", str(LOCK)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if ended.returncode:
        words = [line for line in ended.stderr.splitlines() if not line.startswith("WARNING")][-_LAST_LINES:]
        told = "\n".join(f"  {line}" for line in words)
        raise PackagedError(f"pip could not install requirements/{LOCK.name} for {python}:\n{told}")
