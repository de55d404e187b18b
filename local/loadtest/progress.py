"""How far it is: one moving line on a terminal, a line every 5 % elsewhere (a program may read them)."""

import sys
from typing import TextIO

_STEPS = 20


class Progress:
    """Tells on `stream` how many of `total` are done, as `acknowledged 50/1000`."""

    def __init__(self, label: str, total: int, stream: TextIO | None = None) -> None:
        self._label = label
        self._total = total
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._shown_step = 0

    def show(self, done: int) -> None:
        """Tell it, where that is a new step."""
        step = done * (100 if self._is_terminal else _STEPS) // self._total
        if step == self._shown_step:
            return
        self._shown_step = step
        line = f"{self._label} {done}/{self._total}"
        self._write(f"\r\x1b[K{line}" if self._is_terminal else f"{line}\n")

    def close(self) -> None:
        """Take the moving line away."""
        if self._is_terminal:
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
