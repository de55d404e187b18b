"""How long one question to another system may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """`connect_s` and `read_s` bound each wait, `total_s` one attempt as a whole; `attempts` those in all."""

    connect_s: float
    read_s: float
    total_s: float
    attempts: int


USUAL = Patience(connect_s=0.3, read_s=1.0, total_s=1.5, attempts=2)
# While the system is taken for down: somebody's request finds out whether it is back, and must not pay much for it.
TRIAL = Patience(connect_s=0.2, read_s=0.25, total_s=0.4, attempts=1)
