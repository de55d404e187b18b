"""How a service may be, and for how long it may be slow."""

from typing import Literal

Mode = Literal["up", "down", "slow", "error", "garbage"]
DELAY_MS_DEFAULT, DELAY_MS_MAX = 3_000, 600_000
