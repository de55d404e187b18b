"""How full the log's server is, and what is said when it is nearly full."""

from dataclasses import dataclass
from typing import Protocol

from envelope.errors import RetryableError


class LogNearlyFullError(RetryableError):
    """The log has little memory left: no new command is taken, so that old ones can be handled. Nothing was written."""

    retry_after_s = 10  # retention sweeps once a minute, so asking each second would only add to the load


@dataclass(frozen=True, slots=True)
class MemoryUse:
    """Bytes in use, and how many there may be; `limit_bytes` is None where the server has no limit."""

    used_bytes: int
    limit_bytes: int | None

    @property
    def ratio(self) -> float | None:
        """The part of the limit that is in use, 1 for all of it; None where there is no limit."""
        return self.used_bytes / self.limit_bytes if self.limit_bytes else None

    def is_above(self, percent: int) -> bool:
        """Whether at least `percent` per cent of the limit are in use; never where there is no limit."""
        return self.ratio is not None and self.ratio * 100 >= percent


class LogMemory(Protocol):
    """What is asked of the log's server."""

    def read(self) -> MemoryUse:
        """Ask now. Raises StoreUnavailableError."""
