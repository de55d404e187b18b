"""How long to wait before a process that died is started again."""

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 5.0
STEADY_SECONDS = 10.0  # who ran this long was well: the next death starts from the first wait


class Backoff:
    """Doubles from 0.1 s to 5 s, and starts over after a steady run."""

    def __init__(self) -> None:
        self._next_seconds = FIRST_SECONDS

    def wait_after(self, ran_seconds: float) -> float:
        """Return how many seconds to wait, given how long the process ran."""
        if ran_seconds >= STEADY_SECONDS:
            self._next_seconds = FIRST_SECONDS
        wait_seconds = self._next_seconds
        self._next_seconds = min(wait_seconds * 2, LONGEST_SECONDS)
        return wait_seconds
