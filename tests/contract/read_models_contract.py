"""What every form of the read models does. Subclass it with a `read_models` fixture of writer and reader."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from envelope import Envelope, context_id_of
from functions.projection.service import Projector
from handlers.batch import Record
from repositories.ports.read_model_reader import (
    MARK_END,
    MARK_START,
    SORTS,
    ClaimFilters,
    ClaimKey,
    ClaimPage,
    Match,
    ReadModelReader,
    SearchKey,
    Sort,
    StatsKey,
    StatsPage,
    Summary,
    sort_value,
)
from repositories.ports.read_model_rows import ClaimSummary, CustomerStats, DayTrend, OrderTotals, ProjectedClaim
from repositories.ports.read_model_writer import ReadModelTransaction, ReadModelWriter

EPOCH = datetime(2025, 7, 8, 14, 30, tzinfo=UTC)
EVERYTHING = ClaimPage(limit=500)
ALL_STATS = StatsPage(limit=500)


@dataclass
class ReadModels:
    """One store, from both sides."""

    writer: ReadModelWriter
    reader: ReadModelReader

    def project(self, *envelopes: Envelope) -> dict[str, Exception]:
        """Apply a batch; what failed, by entry id."""
        return dict(Projector(self.writer).apply(records(envelopes)))


def records(envelopes: Iterable[Envelope]) -> list[Record]:
    return [Record(f"{envelope.position}-0", envelope, 1) for envelope in envelopes]


def event(
    event_type: str,
    data: dict[str, Any],
    *,
    claim_id: str = "claim_1",
    version: int = 1,
    position: int = 1,
    **more: Any,
) -> Envelope:
    """An event that occurred `position` minutes after EPOCH."""
    fields = {
        "event_id": f"{claim_id}:{version}",
        "correlation_id": "trace_1",
        "timestamp": EPOCH + timedelta(minutes=position),
        **more,
    }
    return Envelope(
        event_type=event_type, aggregate_id=claim_id, data=data, version=version, position=position, **fields
    )


def created(**over: Any) -> Envelope:
    data = {
        "customer_id": over.pop("customer_id", "cust_1"),
        "claim_type": over.pop("claim_type", "product_defect"),
        "description": over.pop("description", "Produit défectueux reçu"),
        "urgency": over.pop("urgency", "medium"),
        "product_id": over.pop("product_id", None),
        "order_id": over.pop("order_id", None),
        "customer": over.pop("customer", None),
        "order": over.pop("order", None),
        "channel": over.pop("channel", None),
    }
    return event("ReclamationCreee", data, **over)


def assigned(agent_id: str = "agent_1", **over: Any) -> Envelope:
    return event("ReclamationAffectee", {"agent_id": agent_id, "agent_name": "Alice"}, **over)


def started(**over: Any) -> Envelope:
    return event("ReclamationEnCours", {"agent_id": "agent_1"}, **over)


def resolved(**over: Any) -> Envelope:
    return event("ReclamationResolue", {"resolution": "Remboursement effectué"}, **over)


def closed(**over: Any) -> Envelope:
    return event("ReclamationCloturee", {"reason": "accepted"}, **over)


def enriched(claim_id: str = "claim_1", position: int = 6, **over: Any) -> Envelope:
    """What was learnt of the claim's order and customer after it was made."""
    data: dict[str, Any] = {"claim_id": claim_id}
    data |= {name: over.pop(name) for name in ("customer_id", "customer", "order") if name in over}
    return event("ReclamationEnrichie", data, claim_id=context_id_of(claim_id), position=position, **over)


def life(claim_id: str = "claim_1", first_position: int = 1, **creation: Any) -> list[Envelope]:
    """The five events of a claim, at positions in a row."""
    makers = (lambda **over: created(**over, **creation), assigned, started, resolved, closed)
    return [
        make(claim_id=claim_id, version=number, position=first_position + number - 1)
        for number, make in enumerate(makers, start=1)
    ]


def order_told(status: str | None = "delivered", **over: Any) -> dict[str, Any]:
    """What an order system tells: order_1 with one item, product_1."""
    item = {"product_id": "product_1", "product_name": "Casque audio", "quantity": 1, "unit_price": 129.9}
    return {"id": "order_1", "status": status, "items": [item], "source": "orders", **over}


def many(count: int, **creation: Any) -> list[Envelope]:
    """`count` created claims, `claim_000` first, of three customers and the four urgencies in turn."""
    urgencies = ("low", "critical", "medium", "high")
    return [
        created(
            claim_id=f"claim_{number:03}",
            position=number + 1,
            customer_id=f"cust_{number % 3}",
            urgency=urgencies[number % 4],
            **creation,
        )
        for number in range(count)
    ]


class ReadModelsContract:
    """See the module."""

    def test_a_claim_is_read_as_its_events_told_it(self, read_models: ReadModels) -> None:
        order = {"id": "order_1", "total_amount": 12.5}
        first, *rest = life(order_id="order_1", customer={"name": "Zoé Lévesque"}, order=order)
        assert read_models.project(first, *rest) == {}
        row = read_models.reader.claim("claim_1")
        assert row is not None
        assert (row.status, row.version, row.position) == ("closed", 5, 5)
        assert (row.customer_name, row.agent_name, row.resolution) == (
            "Zoé Lévesque",
            "Alice",
            "Remboursement effectué",
        )
        assert row.close_reason == "accepted"
        assert row.created_at == EPOCH + timedelta(minutes=1)
        assert (row.assigned_at, row.started_at) == (EPOCH + timedelta(minutes=2), EPOCH + timedelta(minutes=3))
        assert (row.resolved_at, row.closed_at) == (EPOCH + timedelta(minutes=4), EPOCH + timedelta(minutes=5))
        assert row.order is not None
        assert row.order["total_amount"] == 12.5
        statuses = [entry["status"] for entry in row.history]
        assert statuses == ["created", "assigned", "in_progress", "resolved", "closed"]
        assert row.history[1]["data"] == {"agent_id": "agent_1", "agent_name": "Alice"}
        assert row.history[1]["timestamp"] == "2025-07-08T14:32:00.000Z"

    def test_a_claim_tells_when_it_was_projected_last(self, read_models: ReadModels) -> None:
        read_models.project(created())
        first = read_models.reader.claim("claim_1")
        read_models.project(assigned(version=2, position=2))
        second = read_models.reader.claim("claim_1")
        assert first is not None
        assert second is not None
        assert datetime.now(UTC) - timedelta(minutes=1) < first.projected_at < second.projected_at <= datetime.now(UTC)

    def test_a_claim_that_never_was_is_not_there(self, read_models: ReadModels) -> None:
        assert read_models.reader.claim("claim_404") is None

    def test_a_batch_delivered_again_changes_nothing(self, read_models: ReadModels) -> None:
        read_models.project(*life())
        before = everything(read_models.reader)
        assert read_models.project(*life()) == {}
        assert everything(read_models.reader) == before

    def test_what_raises_before_the_commit_leaves_no_trace(self, read_models: ReadModels) -> None:
        read_models.project(*life()[:2])
        before = everything(read_models.reader)
        projector = Projector(CrashingWriter(read_models.writer))
        with pytest.raises(RuntimeError, match="crashed before the commit"):
            projector.apply(records(life()))
        assert everything(read_models.reader) == before
        assert read_models.project(*life()) == {}
        assert read_models.reader.summary().closed_claims == 1

    def test_counters_follow_a_claim_through_its_life(self, read_models: ReadModels) -> None:
        expected = ((1, 0, 0), (1, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))
        for envelope, (active, resolved_count, closed_count) in zip(life(), expected, strict=True):
            read_models.project(envelope)
            assert read_models.reader.summary() == Summary(
                total_claims=1, active_claims=active, resolved_claims=resolved_count, closed_claims=closed_count
            )
            assert read_models.reader.customer_stats(ALL_STATS) == [
                CustomerStats(
                    customer_id="cust_1",
                    total_claims=1,
                    active_claims=active,
                    resolved_claims=resolved_count,
                    closed_claims=closed_count,
                    last_claim_date=EPOCH + timedelta(minutes=1),
                )
            ]

    def test_an_agent_is_measured_from_assignment_to_resolution(self, read_models: ReadModels) -> None:
        read_models.project(*life())
        [stats] = read_models.reader.agent_stats(ALL_STATS)
        assert (stats.agent_id, stats.total_assigned, stats.active_claims) == ("agent_1", 1, 0)
        assert (stats.resolved_claims, stats.mean_resolution_seconds) == (1, 120.0)
        assert stats.last_assignment_date == EPOCH + timedelta(minutes=2)

    @pytest.mark.parametrize("started_first", [False, True])
    def test_reassigning_moves_the_claim_between_the_agents(self, read_models: ReadModels, started_first: bool) -> None:
        work = [started(version=3, position=3)] if started_first else []
        next_version = 3 + len(work)
        moved = assigned("agent_2", version=next_version, position=next_version)
        read_models.project(created(), assigned(version=2, position=2), *work)
        read_models.project(moved)
        stats = {one.agent_id: one for one in read_models.reader.agent_stats(ALL_STATS)}
        assert (stats["agent_1"].total_assigned, stats["agent_1"].active_claims) == (0, 0)
        assert (stats["agent_2"].total_assigned, stats["agent_2"].active_claims) == (1, 1)
        assert stats["agent_1"].last_assignment_date == EPOCH + timedelta(minutes=2)
        row = read_models.reader.claim("claim_1")
        assert row is not None
        assert row.status == ("in_progress" if started_first else "assigned")

    def test_an_agent_who_had_a_claim_within_one_batch_is_known(self, read_models: ReadModels) -> None:
        read_models.project(
            created(), assigned("agent_1", version=2, position=2), assigned("agent_2", version=3, position=3)
        )
        [first] = read_models.reader.agent_stats(ALL_STATS, "agent_1")
        assert (first.total_assigned, first.last_assignment_date) == (0, EPOCH + timedelta(minutes=2))

    def test_days_count_what_happened_on_them(self, read_models: ReadModels) -> None:
        events = life()
        next_day = EPOCH + timedelta(days=1)
        late = [one.model_copy(update={"timestamp": next_day}) if one.version > 3 else one for one in events]
        read_models.project(*late, *life("claim_2", 6)[:1])
        assert read_models.reader.trends(date(2025, 7, 1)) == [
            DayTrend(day=date(2025, 7, 8), created=2, resolved=0, closed=0),
            DayTrend(day=date(2025, 7, 9), created=0, resolved=1, closed=1),
        ]
        assert len(read_models.reader.trends(date(2025, 7, 9))) == 1

    def test_a_missing_version_holds_back_only_its_claim(self, read_models: ReadModels) -> None:
        gap = life()
        del gap[1]
        failed = read_models.project(*gap, created(claim_id="claim_2", position=6))
        assert sorted(failed) == ["3-0", "4-0", "5-0"]
        assert read_models.reader.summary().total_claims == 2
        row = read_models.reader.claim("claim_1")
        assert row is not None
        assert row.version == 1
        assert read_models.project(*life()) == {}
        assert read_models.reader.checkpoint().low_position == 6

    def test_an_odd_event_fails_only_its_claim(self, read_models: ReadModels) -> None:
        odd = event("ReclamationInconnue", {}, claim_id="claim_odd")
        failed = read_models.project(odd, *life(first_position=2))
        assert list(failed) == ["1-0"]
        assert read_models.reader.summary().closed_claims == 1

    def test_another_event_with_an_applied_version_is_refused(self, read_models: ReadModels) -> None:
        read_models.project(created())
        assert list(read_models.project(created(event_id="another", position=2))) == ["2-0"]

    def test_events_delivered_out_of_order_are_folded_in_order(self, read_models: ReadModels) -> None:
        assert read_models.project(*reversed(life())) == {}
        row = read_models.reader.claim("claim_1")
        assert row is not None
        assert row.status == "closed"

    def test_a_nul_in_a_text_becomes_a_replacement_character(self, read_models: ReadModels) -> None:
        nul = created(description="avant\x00après", customer_id="cust\x00", customer={"name": "Z\ud800"})
        assert read_models.project(nul) == {}
        row = read_models.reader.claim("claim_1")
        assert row is not None
        assert (row.description, row.customer_id, row.customer_name) == ("avant\ufffdaprès", "cust\ufffd", "Z\ufffd")
        assert [one.customer_id for one in read_models.reader.customer_stats(ALL_STATS)] == ["cust\ufffd"]

    def test_a_number_beyond_64_bits_can_be_projected(self, read_models: ReadModels) -> None:
        order = {"id": "order_1", "items": [{"quantity": 2**80}]}
        assert read_models.project(created(order=order)) == {}

    def test_the_checkpoint_knows_what_is_missing_below_it(self, read_models: ReadModels) -> None:
        read_models.project(created(position=2), created(claim_id="claim_2", position=5))
        checkpoint = read_models.reader.checkpoint()
        assert (checkpoint.high_position, checkpoint.low_position, checkpoint.gap_count) == (5, 0, 3)
        assert [read_models.reader.has_position(number) for number in range(1, 7)] == [False] * 6
        for number in (1, 3, 4):
            read_models.project(created(claim_id=f"claim_late_{number}", position=number))
        checkpoint = read_models.reader.checkpoint()
        assert (checkpoint.high_position, checkpoint.low_position, checkpoint.gap_count) == (5, 5, 0)
        assert [read_models.reader.has_position(number) for number in range(1, 7)] == [True] * 5 + [False]

    def test_a_failure_is_told_and_its_position_stays_missing(self, read_models: ReadModels) -> None:
        read_models.project(assigned(version=2, position=1), created(claim_id="claim_2", position=2))
        checkpoint = read_models.reader.checkpoint()
        assert (checkpoint.high_position, checkpoint.low_position) == (2, 0)
        assert "VersionGapError" in (checkpoint.last_error or "")
        assert checkpoint.last_error_at is not None

    def test_an_entry_delivered_twice_in_a_batch_counts_once(self, read_models: ReadModels) -> None:
        twice = created()
        unready = assigned(version=3, position=2)
        assert list(read_models.project(twice, twice, unready, unready)) == ["2-0"]
        assert read_models.reader.summary().total_claims == 1

    def test_filters_must_all_hold(self, read_models: ReadModels) -> None:
        read_models.project(*many(12), *life("claim_x", 13, customer_id="cust_0", order_id="o1", product_id="p1"))
        reader = read_models.reader
        assert ids(reader.claims(ClaimFilters(customer_id="cust_0", status="closed"), EVERYTHING)) == ["claim_x"]
        for one in (
            ClaimFilters(status="closed"),
            ClaimFilters(agent_id="agent_1"),
            ClaimFilters(order_id="o1"),
            ClaimFilters(product_id="p1"),
            ClaimFilters(created_from=EPOCH + timedelta(minutes=13)),
        ):
            assert ids(reader.claims(one, EVERYTHING)) == ["claim_x"]
        until = ClaimFilters(created_to=EPOCH + timedelta(minutes=2))
        assert ids(reader.claims(until, EVERYTHING)) == ["claim_000"]
        assert len(reader.claims(ClaimFilters(urgency="critical"), EVERYTHING)) == 3
        assert reader.claims(ClaimFilters(claim_type="billing_error"), EVERYTHING) == []

    @pytest.mark.parametrize("sort", SORTS)
    def test_pages_by_key_and_by_offset_are_the_whole_list(self, read_models: ReadModels, sort: Sort) -> None:
        read_models.project(*many(17))
        read_models.project(assigned(claim_id="claim_003", version=2, position=18))
        whole = read_models.reader.claims(ClaimFilters(), ClaimPage(sort=sort, limit=500))
        places = [(sort_value(one, sort), one.created_at, one.claim_id) for one in whole]
        assert places == sorted(places, reverse=sort.startswith("-"))
        assert len(whole) == 17
        assert list(by_key(read_models.reader, sort)) == whole
        offsets = [
            read_models.reader.claims(ClaimFilters(), ClaimPage(sort=sort, limit=5, offset=start))
            for start in range(0, 20, 5)
        ]
        assert [one for page in offsets for one in page] == whole

    @pytest.mark.parametrize("words", ["défectueux", "DEFECTUEUX", "défect", "defectueuse", "produits", "cust_1"])
    def test_search_folds_accents_case_and_endings(self, read_models: ReadModels, words: str) -> None:
        read_models.project(
            created(), created(claim_id="claim_2", position=2, customer_id="c2", description="Livraison en retard")
        )
        found = read_models.reader.search(words.replace("_", " ").split(), ClaimFilters(), 10)
        assert [match.claim.claim_id for match in found] == ["claim_1"]
        assert found[0].kind == "text"

    def test_search_marks_what_it_found(self, read_models: ReadModels) -> None:
        read_models.project(created())
        [match] = read_models.reader.search(["defectueux"], ClaimFilters(), 10)
        assert f"{MARK_START}défectueux{MARK_END}" in match.highlight

    @pytest.mark.parametrize("typo", ["défecteux", "defetueux", "prodiut", "prodiut défecteux", "produits reçus"])
    def test_search_forgives_a_typo(self, read_models: ReadModels, typo: str) -> None:
        read_models.project(
            created(), created(claim_id="claim_2", position=2, description="Livraison en retard de trois jours")
        )
        found = read_models.reader.search(typo.split(), ClaimFilters(), 10)
        assert [match.claim.claim_id for match in found] == ["claim_1"]
        assert MARK_START in found[0].highlight

    def test_search_ignores_words_too_common_to_be_searched(self, read_models: ReadModels) -> None:
        read_models.project(created(description="Le colis est perdu"))
        assert len(read_models.reader.search(["le", "colis"], ClaimFilters(), 10)) == 1

    def test_search_finds_nothing_where_nothing_is_alike(self, read_models: ReadModels) -> None:
        read_models.project(created())
        assert read_models.reader.search(["zzzzqqq"], ClaimFilters(), 10) == []

    def test_search_has_the_same_filters(self, read_models: ReadModels) -> None:
        read_models.project(*many(6, description="Produit défectueux"))
        found = read_models.reader.search(["produit"], ClaimFilters(customer_id="cust_1"), 10)
        assert sorted(match.claim.claim_id for match in found) == ["claim_001", "claim_004"]

    @pytest.mark.parametrize("word", ["produit", "prodiut"])
    def test_search_pages_are_the_whole_result(self, read_models: ReadModels, word: str) -> None:
        read_models.project(
            *many(7, description="Produit défectueux"), created(position=8, description="Produit produit cassé")
        )
        whole = read_models.reader.search([word], ClaimFilters(), 100)
        assert len(whole) == 8
        paged = list(search_by_key(read_models.reader, word))
        assert [match.claim for match in paged] == [match.claim for match in whole]
        tail = read_models.reader.search([word], ClaimFilters(), 100, offset=0 if word == "prodiut" else 5)
        assert len(tail) == (8 if word == "prodiut" else 3)

    def test_the_most_relevant_claim_comes_first(self, read_models: ReadModels) -> None:
        once = created(claim_id="claim_once", position=2, description="Un écran et une souris et un clavier neufs")
        often = created(claim_id="claim_often", position=1, description="écran écran écran écran")
        read_models.project(often, once)
        found = read_models.reader.search(["ecran"], ClaimFilters(), 10)
        assert [match.claim.claim_id for match in found] == ["claim_often", "claim_once"]

    def test_statistics_are_paged_largest_first(self, read_models: ReadModels) -> None:
        read_models.project(*many(10))
        whole = read_models.reader.customer_stats(ALL_STATS)
        assert [(one.customer_id, one.total_claims) for one in whole] == [("cust_0", 4), ("cust_1", 3), ("cust_2", 3)]
        assert read_models.reader.customer_stats(StatsPage(2, after=StatsKey(4, "cust_0"))) == whole[1:]
        assert read_models.reader.customer_stats(StatsPage(1, offset=1)) == whole[1:2]
        assert read_models.reader.customer_stats(ALL_STATS, "cust_2") == whole[2:]
        assert read_models.reader.customer_stats(ALL_STATS, "cust_404") == []

    def test_types_are_counted_by_status(self, read_models: ReadModels) -> None:
        read_models.project(*life(), created(claim_id="claim_2", position=6, claim_type="billing_error"))
        billing, defects = read_models.reader.claim_type_stats()
        assert (billing.claim_type, billing.total_claims, billing.created) == ("billing_error", 1, 1)
        assert (defects.claim_type, defects.closed, defects.created) == ("product_defect", 1, 0)
        assert read_models.reader.claim_type_stats("billing_error") == [billing]

    def test_records_are_counted(self, read_models: ReadModels) -> None:
        read_models.project(*life(), created(claim_id="claim_2", position=6, customer_id="cust_2"))
        counts = read_models.reader.record_counts()
        assert (counts.claims, counts.customers, counts.agents, counts.claim_types) == (2, 2, 1, 1)

    def test_empty_read_models_answer(self, read_models: ReadModels) -> None:
        reader = read_models.reader
        reader.ping()
        assert reader.summary() == Summary(total_claims=0, active_claims=0, resolved_claims=0, closed_claims=0)
        assert (reader.checkpoint().high_position, reader.checkpoint().low_position) == (0, 0)
        assert reader.claims(ClaimFilters(), EVERYTHING) == []
        assert reader.search(["rien"], ClaimFilters(), 10) == []
        assert (reader.product_stats(ALL_STATS), reader.order_status_stats(10), reader.channel_stats(10)) == (
            [],
            [],
            [],
        )
        assert reader.order_totals() == OrderTotals(
            claims_with_order=0, orders_with_claims=0, orders_total=None, orders_total_at=None
        )


class CrashingWriter:
    """Does the work and dies before the commit."""

    def __init__(self, writer: ReadModelWriter) -> None:
        self._writer = writer

    def in_transaction(self, work: Any) -> Any:
        def crash(transaction: ReadModelTransaction) -> Any:
            work(transaction)
            raise RuntimeError("crashed before the commit")

        return self._writer.in_transaction(crash)


def everything(reader: ReadModelReader) -> tuple[Any, ...]:
    """All that can be read but times of writing."""
    checkpoint = reader.checkpoint()
    return (
        reader.claims(ClaimFilters(), EVERYTHING),
        [reader.claim(one.claim_id) for one in reader.claims(ClaimFilters(), EVERYTHING)],
        reader.customer_stats(ALL_STATS),
        reader.agent_stats(ALL_STATS),
        reader.claim_type_stats(),
        reader.product_stats(ALL_STATS),
        reader.order_status_stats(500),
        reader.channel_stats(500),
        reader.order_totals(),
        reader.trends(date(2000, 1, 1)),
        (checkpoint.high_position, checkpoint.low_position, checkpoint.gap_count),
    )


def shown(read_models: ReadModels, claim_id: str = "claim_1") -> ProjectedClaim:
    row = read_models.reader.claim(claim_id)
    assert row is not None
    return row


def ids(claims: list[ClaimSummary]) -> list[str]:
    return [claim.claim_id for claim in claims]


def by_key(reader: ReadModelReader, sort: Sort) -> Iterable[ClaimSummary]:
    after: ClaimKey | None = None
    while page := reader.claims(ClaimFilters(), ClaimPage(sort=sort, limit=3, after=after)):
        yield from page
        after = ClaimKey(sort_value(page[-1], sort), page[-1].created_at, page[-1].claim_id)


def search_by_key(reader: ReadModelReader, word: str) -> Iterable[Match]:
    after: SearchKey | None = None
    while page := reader.search([word], ClaimFilters(), 3, after=after):
        yield from page
        last = page[-1]
        after = SearchKey(last.kind, last.score, last.claim.created_at, last.claim.claim_id)
