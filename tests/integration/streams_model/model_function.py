"""A function that works, fails, lies and dies as it is told, and remembers what it did."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from streams.errors import ThrottledError
from streams.wire import StreamBatch, StreamRecord

Style = Literal["raises", "reports_all", "reports_first", "reports_nonsense"]
Mood = Literal["well", "throttled", "not_now", "not_now_from_the_middle"]
Poison = Literal["bad", "not_now"]

NOT_NOW = "NotNowError"


class NotNowError(Exception):
    """What the function needs is away."""


class ModelFunction:
    """Does records in order; holds back what comes after a failed one of the same key, as a handler must.

    effects    ids of the records that it did, each time that it did one
    completed  ids of those of which it also told that they are done
    """

    def __init__(self, style: Style, step: Callable[[], None]) -> None:
        """`step` is called after every effect: there the process may die, too."""
        self.style = style
        self.mood: Mood = "well"
        self.poisoned: dict[str, Poison] = {}
        self.effects: list[str] = []
        self.completed: list[str] = []
        self._step = step

    def __call__(self, batch: StreamBatch) -> dict[str, Any] | None:
        """The batch handler."""
        records = batch["Records"]
        match self.mood:
            case "throttled":
                raise ThrottledError("too many at once")
            case "not_now":
                raise NotNowError("the database is away")
            case "not_now_from_the_middle" if self.style != "raises":
                return self._goes_away(records)
        failed = self._do_all(records)
        return self._tell(records, failed)

    def _goes_away(self, records: Sequence[StreamRecord]) -> dict[str, Any]:
        middle = len(records) // 2
        for record in records[:middle]:
            self._do(record)
        return self._tell(records, {record["eventID"]: "not_now" for record in records[middle:]})

    def _do_all(self, records: Sequence[StreamRecord]) -> dict[str, Poison]:
        failed: dict[str, Poison] = {}
        held: set[str] = set()
        for record in records:
            key = record["event"]["aggregate_id"]
            kind = self.poisoned.get(record["eventID"])
            if key not in held and kind is None:
                self._do(record)
                continue
            if self.style == "raises":
                raise NotNowError("not this one") if kind == "not_now" else RuntimeError("poisoned")
            failed[record["eventID"]] = kind or "bad"
            held.add(key)
            if self.style == "reports_first":
                break
        return failed

    def _do(self, record: StreamRecord) -> None:
        self.effects.append(record["eventID"])
        self._step()

    def _tell(self, records: Sequence[StreamRecord], failed: dict[str, Poison]) -> dict[str, Any]:
        if failed and self.style == "reports_nonsense":
            return {"batchItemFailures": [{"itemIdentifier": None}]}
        for record in records:
            if record["eventID"] in failed:
                break
            self.completed.append(record["eventID"])
        return {"batchItemFailures": [_item(entry_id, kind) for entry_id, kind in failed.items()]}


def _item(entry_id: str, kind: Poison) -> dict[str, Any]:
    if kind == "bad":
        return {"itemIdentifier": entry_id}
    return {"itemIdentifier": entry_id, "error": {"errorType": NOT_NOW, "errorMessage": "away", "stackTrace": []}}
