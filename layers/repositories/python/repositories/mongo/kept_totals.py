"""The gapless beginning of a collection of events, and what was counted over it, kept in one small document.

Position and counts are in one document, so that one conditional write moves both: an event is counted once, whoever
crashes when. The document is moved forward after each insert; a batch whose writer died before that is counted by the
next one, or by its own redelivery.
"""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from envelope import utc_now
from repositories.mongo.client import Document, store_errors
from repositories.ports.history_totals import Fact, HistoryTotals

WINDOW_COUNT = 1_000  # positions asked for at a time
RUN_COUNT_MAX = 20_000  # positions that one batch may catch up on: about two seconds, then the next batch goes on
ATTEMPTS_MAX = 5  # another writer that moved the document first did this one's work as well


@dataclass(frozen=True, slots=True)
class Kept:
    """Positions 1 to `position` are all in the collection, and `totals` counts them."""

    position: int
    totals: HistoryTotals


class KeptTotals:
    """`events` holds documents with a `position`; `kept` holds, under `name`, how far they are gapless."""

    def __init__(
        self,
        events: Collection[Document],
        kept: Collection[Document],
        name: str,
        fact_of: Callable[[Document], Fact],
        describe_last: Callable[[Document], Document] = lambda _: {},
    ) -> None:
        self._events = events
        self._kept = kept
        self._name = name
        self._fact_of = fact_of
        self._describe_last = describe_last

    def read(self) -> Kept:
        """The document as it stands; position 0 before the first."""
        with store_errors():
            document = self._kept.find_one({"_id": self._name})
        if document is None:
            return Kept(0, HistoryTotals())
        return Kept(document["position"], HistoryTotals.from_document(document["totals"]))

    def advance(self, written: Sequence[Document]) -> None:
        """Move forward over `written` (documents known to be in the collection) and what follows them without a gap."""
        known = {document["position"]: document for document in written}
        for _ in range(ATTEMPTS_MAX):
            kept = self.read()
            run = self._run_after(kept.position, known)
            if not run or self._move(kept, run):
                return

    def skip_to(self, position: int, fields: Document) -> None:
        """Go on at a position although something before it is missing, and count what is there up to it."""
        kept = self.read()
        if kept.position >= position:
            return
        with store_errors():
            between = {"position": {"$gt": kept.position, "$lte": position}}
            documents = list(self._events.find(between).sort("position", 1))
        kept.totals.add_all(self._fact_of(document) for document in documents)
        fields = {"position": position, **fields, "totals": kept.totals.to_document(), "updated_at": utc_now()}
        with store_errors():
            self._write(kept.position, fields)

    def current(self) -> HistoryTotals:
        """The kept counts and those of events beyond a gap, which are few: they wait for one missing event."""
        kept = self.read()
        with store_errors():
            beyond = list(self._events.find({"position": {"$gt": kept.position}}).sort("position", 1))
        kept.totals.add_all(self._fact_of(document) for document in beyond)
        return kept.totals

    def _run_after(self, position: int, known: dict[int, Document]) -> list[Document]:
        run: list[Document] = []
        while document := known.get(position + len(run) + 1):
            run.append(document)
        for document in self._stored_after(position + len(run)):
            if document["position"] != position + len(run) + 1 or len(run) >= RUN_COUNT_MAX:
                break
            run.append(document)
        return run

    def _stored_after(self, position: int) -> Iterator[Document]:
        """Stored documents by position, until a window that is not full."""
        # Both bounds, always: a server that sorts before it limits would read everything behind the lower one.
        found = WINDOW_COUNT
        while found == WINDOW_COUNT:
            window = {"position": {"$gt": position, "$lte": position + WINDOW_COUNT}}
            with store_errors():
                documents = list(self._events.find(window).sort("position", 1))
            yield from documents
            found = len(documents)
            position += WINDOW_COUNT

    def _move(self, kept: Kept, run: Sequence[Document]) -> bool:
        """Write the document that follows from `run`. False: another writer changed it first."""
        totals = deepcopy(kept.totals)
        totals.add_all(self._fact_of(document) for document in run)
        last = run[-1]
        fields = {
            "position": last["position"],
            **self._describe_last(last),
            "totals": totals.to_document(),
            "updated_at": utc_now(),
        }
        try:
            with store_errors():
                return self._write(kept.position, fields)
        except DuplicateKeyError:
            return False

    def _write(self, position: int, fields: Document) -> bool:
        if position == 0:
            self._kept.insert_one({"_id": self._name, **fields})
            return True
        return self._kept.update_one({"_id": self._name, "position": position}, {"$set": fields}).matched_count == 1
