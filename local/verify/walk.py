"""One walk over positions: each event of the log beside what every store holds because of it."""

from collections import ChainMap, defaultdict
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from envelope import Envelope, claim_id_of, context_id_of, is_context_id
from functions.notification.rules import AgentPolicy
from functions.projection.text import storable
from local.verify.archive import compare_archived
from local.verify.audit import compare_audited
from local.verify.beside import Beside, Document, Documents
from local.verify.claim_streams import ClaimStreams
from local.verify.claims import ClaimStates, Step
from local.verify.contacts import compare_contact
from local.verify.contexts import learnt_of
from local.verify.findings import DOCUMENT_STORES, Finding, Store
from local.verify.judging import judged
from local.verify.kept_totals import KeptCheck
from local.verify.log import read_window
from local.verify.moment import Moment
from local.verify.notifications import NotificationCheck
from local.verify.read_models import ReadModelCheck, compare_counters
from local.verify.stores import Snapshot, Stores
from repositories.mongo.archive_documents import to_envelope
from repositories.ports.read_model_rows import ClaimRow

Reached = tuple[Envelope, ClaimRow]
"""The event that a claim's row stands at, and what the claim's own events make of the row."""


class Walk:
    """Reads windows of positions and judges them. Its counts say what was seen; `last_versions` how far each claim is.

    `last_contexts` is the same of contexts, by their own ids. A whole check walks all windows from the first position
    up; a second look walks any position alone. `cut_claims` began before the archive's accepted beginning: of them each
    event is judged alone, and not what they lead to.
    """

    def __init__(self, stores: Stores, snapshot: Snapshot, moment: Moment, agents: AgentPolicy) -> None:
        self._stores = stores
        self._snapshot = snapshot
        self._moment = moment
        self._begins_after = moment.archive.begins_after
        self._states = ClaimStates(stores.events_before, lost_up_to=self._begins_after)
        self.notifications = NotificationCheck(agents)
        # What events that nobody has any more added to the counters cannot be told.
        self.read_models = ReadModelCheck(is_countable=self._begins_after == 0)
        self._kept_archive, self._kept_audit = KeptCheck("archive", moment), KeptCheck("audit", moment)
        self.cut_claims: set[str] = set()
        self.events = 0
        self.documents: dict[Store, int] = defaultdict(int)
        self.last_versions: dict[str, int] = {}
        self.last_contexts: dict[str, int] = {}

    def windows(self, end: int, size: int) -> Iterator[tuple[int, list[Finding]]]:
        """Judge all positions up to `end`; after each window, up to where that is and what was found in it."""
        bounds = [(low, min(low + size - 1, end)) for low in range(self._begins_after + 1, end + 1, size)]
        # The document store is asked for a window while the one before is judged: each takes about half of the time.
        with ThreadPoolExecutor(1, "verify-ahead") as ahead:
            coming = [ahead.submit(self._documents, *window) for window in bounds[:1]]
            for number, (low, high) in enumerate(bounds, start=1):
                documents = coming.pop().result()
                coming += [ahead.submit(self._documents, *window) for window in bounds[number : number + 1]]
                yield high, list(self._window(low, high, documents))

    def at(self, position: int) -> Iterator[Finding]:
        """Judge one position."""
        return self._window(position, position, self._documents(position, position))

    def positions_of_rows(self, claim_ids: Collection[str]) -> set[int]:
        """The places of the events that these claims' rows say they stand at."""
        rows = self._snapshot.rows(list(claim_ids)).values()
        return {position for row in rows for position in _positions_of(row)}

    def rows_without_events(self) -> Iterator[Finding]:
        """Rows of claims, or of versions, that no event has led to. For a walk over everything."""
        for claim_id, version, position in self._snapshot.places():
            last = self.last_versions.get(claim_id)
            if position <= self._begins_after:
                continue
            if last is None:
                # The context of a claim that was made before the beginning is all that the walk saw of it.
                if not (self._begins_after and context_id_of(claim_id) in self.last_contexts):
                    yield Finding("unexpected", "read_models", "it has a row and no event", claim_id)
            elif version > last:
                what = f"its row stands at version {version}, its last event is version {last}"
                yield Finding("different", "read_models", what, claim_id)

    def kept_totals(self) -> Iterator[Finding]:
        """Kept totals that the events do not add up to. For a walk over everything."""
        yield from self._kept_archive.findings()
        yield from self._kept_audit.findings()

    def streams_without_events(self) -> Iterator[Finding]:
        """Streams of claims and contexts, or versions in them, that no event led to. For a walk over everything."""
        stores, seen = self._stores, ChainMap(self.last_versions, self.last_contexts)
        yield from ClaimStreams(stores.redis, seen, stores.is_archived, self._begins_after).findings()

    def counters(self) -> Iterator[Finding]:
        """Counters that are not what the rows add up to. For a walk over everything."""
        if self.read_models.is_countable:
            yield from compare_counters(self.read_models.expected, self._snapshot.counters())

    def _documents(self, low: int, high: int) -> dict[Store, Documents]:
        return {store: self._stores.at_positions(store, low, high) for store in DOCUMENT_STORES}

    def _window(self, low: int, high: int, documents: Mapping[Store, Documents]) -> Iterator[Finding]:
        events, findings = self._read_events(low, high)
        yield from findings
        events |= self._archived_events(low, high, events, documents["archive"])
        yield from self._missing(low, high, events)
        for store in DOCUMENT_STORES:
            self.documents[store] += sum(map(len, documents[store].values()))
            yield from _without_event(store, documents[store], events)
        yield from self._judge(events, documents)

    def _read_events(self, low: int, high: int) -> tuple[dict[int, Envelope], list[Finding]]:
        first = max(low, self._moment.bounds.first)
        if first > high:
            return {}, []
        window = read_window(self._stores.redis, first, high)
        return dict(window.events), list(window.findings)

    def _archived_events(
        self, low: int, high: int, events: Mapping[int, Envelope], archived: Documents
    ) -> dict[int, Envelope]:
        """The events that the log does not have: it was trimmed, or lost them, which is told by then."""
        lacking = (position for position in range(low, high + 1) if position not in events)
        found = {position: _read_archived(archived.get(position, ())) for position in lacking}
        return {position: event for position, event in found.items() if event is not None}

    def _missing(self, low: int, high: int, events: Mapping[int, Envelope]) -> Iterator[Finding]:
        """Positions before the log's beginning that the archive, now their only keeper, does not have."""
        trimmed_end = min(high, self._moment.bounds.first - 1)
        for position in range(low, trimmed_end + 1):
            if position not in events:
                what = "no store has the event: the log was trimmed there"
                yield Finding("missing", "archive", what, position=position)

    def _beside(self, events: Mapping[int, Envelope], documents: Mapping[Store, Documents]) -> Beside:
        claims = {claim_id_of(event.aggregate_id): _row_id(event) for event in events.values()}
        stands = self._snapshot.stands(set(claims.values()))
        enriched = {row_id for row_id, stand in stands.items() if stand.context_event_id is not None}
        known = {claim_id for claim_id, row_id in claims.items() if row_id in enriched}
        contacts = self._stores.contacts([event.aggregate_id for event in events.values() if event.version == 1])
        return Beside(documents, stands, self._stores.contexts(claims, known), contacts)

    def _judge(self, events: Mapping[int, Envelope], documents: Mapping[Store, Documents]) -> Iterator[Finding]:
        beside = self._beside(events, documents)
        reached: dict[str, Reached] = {}
        for _, event in sorted(events.items()):
            yield from self._judge_alone(event, beside)
            self._count_kept(event, documents)
            self.events += 1
            if is_context_id(event.aggregate_id):
                yield from self._judge_context(event, beside)
            else:
                yield from self._judge_in_claim(event, beside, reached)
        yield from self._compare_rows(reached, beside)
        for event, row in reached.values():
            if row.status == "closed":
                self._states.forget(event.aggregate_id)

    def _judge_alone(self, event: Envelope, beside: Beside) -> Iterator[Finding]:
        """Where nothing but the event itself says what must be there."""
        archived, audited = (beside.at(store, event) for store in ("archive", "audit"))
        yield from judged("archive", event, lambda: compare_archived(event, archived, self._moment))
        yield from judged("audit", event, lambda: compare_audited(event, audited, self._moment))

    def _judge_in_claim(self, event: Envelope, beside: Beside, reached: dict[str, Reached]) -> Iterator[Finding]:
        """An event of a claim, after the claim's earlier ones; one that the claim's row stands at is noted."""
        row_id, step = _row_id(event), self._states.apply(event)
        self.last_versions[row_id] = max(event.version, self.last_versions.get(row_id, 0))
        if step.is_cut:
            self.cut_claims.add(row_id)
            return
        yield from self._judge_notifications(event, step, beside)
        stand = beside.stand(row_id)
        yield from self._judge_row(event, step, stand.version)
        if step.after is not None and step.stopped is None and event.version == stand.version:
            reached[row_id] = (event, step.after)

    def _judge_context(self, event: Envelope, beside: Beside) -> Iterator[Finding]:
        """The event of a claim's context. What it makes of the claim's row is judged where the row stands."""
        row_id, context_id = _row_id(event), str(storable(event.aggregate_id))
        self.last_contexts[context_id] = max(event.version, self.last_contexts.get(context_id, 0))
        if self._states.is_cut(claim_id_of(event.aggregate_id)):
            self.cut_claims.add(row_id)
            return

        def compare_notifications() -> Iterator[Finding]:
            learnt = learnt_of(event)
            document = beside.contacts.get(event.aggregate_id)
            yield from compare_contact(event, learnt.contact if learnt else None, document, self._moment)
            yield from self.notifications.compare(event, None, beside.at("notifications", event), self._moment)

        yield from judged("notifications", event, compare_notifications)
        place = row_id, event.position or 0, beside.stand(row_id)
        yield from judged("read_models", event, lambda: self.read_models.compare_context(*place, self._moment))

    def _judge_notifications(self, event: Envelope, step: Step, beside: Beside) -> Iterator[Finding]:
        def compare() -> Iterator[Finding]:
            if step.contact_error is not None:
                raise step.contact_error
            if event.version == 1:
                document = beside.contacts.get(event.aggregate_id)
                yield from compare_contact(event, step.contact, document, self._moment)
            learnt = learnt_of(beside.contexts.get(event.aggregate_id))
            yield from self.notifications.compare(event, step.contact, found, self._moment, learnt)

        found = beside.at("notifications", event)
        return judged("notifications", event, compare)

    def _judge_row(self, event: Envelope, step: Step, stored_version: int) -> Iterator[Finding]:
        place = event.aggregate_id, event.version, event.position or 0
        return judged(
            "read_models", event, lambda: self.read_models.compare(step, *place, stored_version, self._moment)
        )

    def _count_kept(self, event: Envelope, documents: Mapping[Store, Documents]) -> None:
        self._kept_archive.add(event)
        entries = documents["audit"].get(event.position or 0, ())
        latencies = (entry.get("processing_latency_seconds") for entry in entries if entry["_id"] == event.event_id)
        self._kept_audit.add(event, next(latencies, None))

    def _compare_rows(self, reached: Mapping[str, Reached], beside: Beside) -> Iterator[Finding]:
        stored = self._snapshot.rows(list(reached))
        for row_id, (event, row) in reached.items():
            context = beside.contexts.get(event.aggregate_id)
            compare = partial(self.read_models.compare_row, event.position or 0, row, stored[row_id], context)
            yield from judged("read_models", event, compare)


def _without_event(store: Store, documents: Documents, events: Mapping[int, Envelope]) -> Iterator[Finding]:
    for position, some in documents.items():
        if position not in events:
            for document in some:
                claim_id = document.get("aggregate_id") or document.get("claim_id")
                what = f"{document.get('event_id')} is there, and no such event"
                yield Finding("unexpected", store, what, claim_id, position)


def _read_archived(documents: "list[Document] | tuple[()]") -> Envelope | None:
    for document in documents:
        try:
            return to_envelope(document)
        except ValueError:
            continue
    return None


def _positions_of(row: ClaimRow) -> Iterator[int]:
    """The place of the last of the claim's own events in the row, and the highest, which may be its context's."""
    yield row.position
    yield from (entry["position"] for entry in row.history[-1:] if isinstance(entry.get("position"), int))


def _row_id(event: Envelope) -> str:
    """The event's claim as the read models name it."""
    return str(storable(claim_id_of(event.aggregate_id)))
