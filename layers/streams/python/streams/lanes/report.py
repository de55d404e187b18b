"""What a poller tells of its turns."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PollReport:
    """One turn: entries handed to the function, done, failed, parked, how many of them came not for the first time, and
    how many were filtered out without being handed over."""

    attempted: int = 0
    done: int = 0
    failed: int = 0
    redelivered: int = 0
    parked: int = 0
    filtered: int = 0

    def __add__(self, other: "PollReport") -> "PollReport":
        """Both turns as one."""
        return PollReport(
            self.attempted + other.attempted,
            self.done + other.done,
            self.failed + other.failed,
            self.redelivered + other.redelivered,
            self.parked + other.parked,
            self.filtered + other.filtered,
        )


NOTHING = PollReport()
