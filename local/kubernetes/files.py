"""The manifests on the disk: written, or compared."""

from collections.abc import Mapping
from pathlib import Path


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Make the folder hold these files; manifests of an earlier template go. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in superfluous(folder, texts):
        (folder / name).unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")


def differences(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """The files that are missing, other than they should be, or too many, by name."""
    return sorted(
        [*superfluous(folder, texts), *(name for name, text in texts.items() if _read(folder / name) != text)]
    )


def superfluous(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """The manifests in the folder that are none of these."""
    return sorted(file.name for file in folder.glob("*.yaml") if file.name not in texts)


def _read(file: Path) -> str | None:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return None
