"""How long an event waits before it is tried again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delays:
    """Lambda's own by default; seconds. Tests have shorter ones."""

    after_error_s: tuple[float, ...] = (60.0, 120.0)
    """After the first error of the function, after the second."""
    postponed_s_min: float = 1.0
    postponed_s_max: float = 300.0

    def after_errors(self, count: int) -> float:
        """After so many errors of the function, at least one."""
        return self.after_error_s[min(count, len(self.after_error_s)) - 1]

    def after_postponements(self, count: int) -> float:
        """After so many times that the function was not invoked, at least one: twice as long each time."""
        doublings = min(count - 1, 30)  # far beyond the longest wait; without it a float would overflow
        return min(self.postponed_s_min * 2.0**doublings, self.postponed_s_max)
