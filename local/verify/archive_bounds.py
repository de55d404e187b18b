"""Where the archive begins and ends, by its own account."""

from collections.abc import Iterator
from dataclasses import dataclass

from local.verify.findings import Finding


@dataclass(frozen=True, slots=True)
class ArchiveBounds:
    """Without gaps it has all from after `begins_after` to `end`.

    What comes before was accepted as lost by a person (`./recours recover --accept-loss`), so it is judged nowhere.
    """

    begins_after: int = 0
    end: int = 0

    def findings(self, log_end: int) -> Iterator[Finding]:
        """A log that ends earlier has lost events; `log_end` is read after the archive, which never runs ahead."""
        if self.end > log_end:
            what = f"the log ends at {log_end}, the archive at {self.end}: ./recours recover"
            yield Finding("behind", "log", what)
