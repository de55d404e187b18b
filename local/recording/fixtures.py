"""Masked invocations as files: `<function>-<n>.json` as `./recours invoke --event` takes it, its answer beside it."""

import json
from pathlib import Path
from typing import Any

from local.recording.masking import mask
from local.recording.values import Masker
from local.runtime.contract import Outcome


def write_fixture(folder: Path, function: str, event: Any, outcome: Outcome) -> Path:
    """Write `<function>-<n>.json`, n the first number that is free, and `<function>-<n>.answer.json`.

    Returns the event's file. Raises OSError.
    """
    masker = Masker()
    folder.mkdir(parents=True, exist_ok=True)
    text = fixture_text(mask(event, masker))
    file = _create(folder, function, text)
    answer = {"error_type": outcome.error_type, "payload": mask(json.loads(outcome.payload), masker)}
    file.with_suffix(".answer.json").write_text(fixture_text(answer), encoding="utf-8")
    return file


def write_event(file: Path, event: Any) -> None:
    """Write one masked event to a file of that name. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(fixture_text(mask(event)), encoding="utf-8")


def fixture_text(value: Any) -> str:
    """As the files in `events/` are written."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _create(folder: Path, function: str, text: str) -> Path:
    number = 1
    while True:
        file = folder / f"{function}-{number}.json"
        try:
            with file.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except FileExistsError:
            number += 1
        else:
            return file
