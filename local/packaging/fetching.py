"""Wheels for the target, by pip, with the user's own settings: which index is asked is no matter of ours."""

import hashlib
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from local.packaging.errors import PackagingError
from local.packaging.lockfile import Locked
from local.packaging.target import Target
from local.packaging.wheels import Wheel, open_wheel

Tell = Callable[[str], None]
_LAST_LINES = 8
_NEVER_PACKED = frozenset({"boto3", "botocore", "pip", "s3transfer", "setuptools", "wheel"})
"""In Lambda already, or of use to who builds alone."""


def fetch_locked(locked: Mapping[str, Locked], target: Target, cache: Path, tell: Tell) -> dict[str, Wheel]:
    """The wheels of locked packages, by name. What the cache has with a locked hash is not asked for again.

    Raises PackagingError where pip finds none for the target, or one with another hash.
    """
    folder = cache / target.tag
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {name: one for name, one in locked.items() if name not in _NEVER_PACKED}
    missing = [one for one in wanted.values() if _cached(one, folder) is None]
    if missing:
        tell(f"fetching {len(missing)} wheels for Python {target.python} on {target.tag.split('-', 1)[1]}")
        _download(missing, target, folder)
    return {name: _surely_cached(one, folder) for name, one in wanted.items()}


def fetch_unlocked(requirements: Path, target: Target, folder: Path) -> list[Wheel]:
    """The wheels of a `requirements.txt` that is not ours, and of what they require, put into `folder`.

    As with `sam build`, markers are evaluated by the Python that runs pip. Raises PackagingError.
    """
    _pip(["--requirement", str(requirements)], target, folder, str(requirements))
    return sorted((open_wheel(path) for path in folder.glob("*.whl")), key=lambda wheel: wheel.name)


def _cached(one: Locked, folder: Path) -> Wheel | None:
    """The wheel in the cache. A file that is damaged or of another version is as good as none."""
    for path in folder.glob(f"{one.name.replace('-', '[-_.]')}-*.whl"):
        wheel = open_wheel(path)
        if (wheel.name, wheel.version) == (one.name, one.version) and _sha256(path) in one.hashes:
            return wheel
    return None


def _surely_cached(one: Locked, folder: Path) -> Wheel:
    wheel = _cached(one, folder)
    if wheel is None:
        raise PackagingError(f"pip brought no wheel of {one.name} {one.version} with a locked hash")
    return wheel


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(missing: Collection[Locked], target: Target, folder: Path) -> None:
    with TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.txt"
        requirements.write_text("".join(f"{one.line}\n" for one in missing), "utf-8")
        options = ["--no-deps", "--require-hashes", "--requirement", str(requirements)]
        _pip(options, target, folder, "the locked requirements")


def _pip(options: list[str], target: Target, folder: Path, what: str) -> None:
    platforms = [word for platform in target.platforms for word in ("--platform", platform)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", target.python]
    command += ["--abi", target.abi, *platforms, "--dest", str(folder), *options]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if ended.returncode:
        words = [line for line in ended.stderr.splitlines() if not line.startswith("WARNING")][-_LAST_LINES:]
        told = "\n".join(f"  {line}" for line in words)
        raise PackagingError(f"pip could not bring {what} for Python {target.python} on {target.tag}:\n{told}")
