"""What every form of the read models makes of contexts, orders and products. Subclass it as ReadModelsContract."""

from datetime import timedelta
from typing import Any

import pytest

from envelope import Envelope, context_id_of
from functions.projection.fold import ClaimMissingError
from repositories.errors import ForkError
from repositories.ports.read_model_reader import ClaimFilters, StatsKey, StatsPage
from repositories.ports.read_model_rows import ChannelStats, CustomerStats, OrderStatusStats, OrderTotals, ProductStats
from tests.contract.read_models_contract import (
    ALL_STATS,
    EPOCH,
    EVERYTHING,
    ReadModels,
    created,
    enriched,
    everything,
    ids,
    life,
    order_told,
    shown,
)


def simulated_order() -> dict[str, Any]:
    """As degraded mode makes it up, and fuller: nothing of it may be taken for told."""
    return order_told("unknown", source="simulated", orders_total=1)


class ReadModelsContextContract:
    """See the module."""

    def test_a_context_gives_its_claim_what_it_was_made_without(self, read_models: ReadModels) -> None:
        read_models.project(*life(order_id="order_1"))
        learnt = enriched(customer={"name": "Zoé Lévesque"}, order=order_told(), event_id="learnt")
        assert read_models.project(learnt) == {}
        row = shown(read_models)
        assert (row.customer_name, row.order_status, row.product_id) == ("Zoé Lévesque", "delivered", "product_1")
        assert row.order is not None
        assert row.order["items"][0]["unit_price"] == 129.9
        assert (row.enriched_at, row.context_event_id) == (EPOCH + timedelta(minutes=6), "learnt")
        assert (row.position, row.updated_at) == (6, EPOCH + timedelta(minutes=6))

    def test_a_context_moves_neither_status_nor_version_nor_history(self, read_models: ReadModels) -> None:
        read_models.project(*life()[:3])
        before = shown(read_models)
        read_models.project(enriched(customer={"name": "Zoé"}, order=order_told()))
        after = shown(read_models)
        assert (after.status, after.version, after.history) == (before.status, before.version, before.history)
        assert (after.customer_id, after.version) == ("cust_1", 3)

    @pytest.mark.parametrize("words", [["levesque"], ["lévesqeu"], ["product"]])
    def test_what_a_context_told_is_searched(self, read_models: ReadModels, words: list[str]) -> None:
        read_models.project(created(), created(claim_id="claim_2", position=2, description="Livraison en retard"))
        read_models.project(enriched(customer={"name": "Zoé Lévesque"}, order=order_told()))
        found = read_models.reader.search(words, ClaimFilters(), 10)
        assert [(match.claim.claim_id, match.claim.order_status) for match in found] == [("claim_1", "delivered")]

    def test_what_the_caller_said_stays_when_the_context_says_otherwise(self, read_models: ReadModels) -> None:
        read_models.project(
            created(order_id="order_1", customer={"name": "Zoé"}, order=order_told("shipped"), product_id="product_own")
        )
        other = order_told("returned", items=[{"product_id": "product_2"}])
        assert read_models.project(enriched(customer={"name": "Alice"}, order=other, position=2)) == {}
        row = shown(read_models)
        assert (row.customer_name, row.order_status, row.product_id) == ("Zoé", "shipped", "product_own")
        assert row.enriched_at == EPOCH + timedelta(minutes=2)

    def test_what_was_simulated_is_neither_shown_nor_counted(self, read_models: ReadModels) -> None:
        nobody = {"name": "Personne", "source": "simulated"}
        read_models.project(created(order_id="order_1", order=simulated_order(), customer=nobody))
        row = shown(read_models)
        assert (row.order_status, row.product_id, row.customer_name) == (None, None, None)
        assert row.order is not None
        assert row.order["source"] == "simulated"
        assert read_models.reader.order_status_stats(10) == [OrderStatusStats(order_status="unknown", total_claims=1)]
        assert read_models.reader.order_totals().orders_total is None
        assert read_models.reader.product_stats(ALL_STATS) == []

    def test_what_was_simulated_gives_way_to_what_is_real(self, read_models: ReadModels) -> None:
        nobody = {"name": "Personne", "source": "simulated"}
        read_models.project(created(order_id="order_1", order=simulated_order(), customer=nobody))
        read_models.project(enriched(order=order_told(), customer={"name": "Zoé"}, position=2))
        row = shown(read_models)
        assert (row.order_status, row.product_id, row.customer_name) == ("delivered", "product_1", "Zoé")
        assert read_models.reader.order_status_stats(10) == [OrderStatusStats(order_status="delivered", total_claims=1)]

    @pytest.mark.parametrize("told", [{}, {"order": {"id": "order_2", "source": "simulated"}}])
    def test_a_context_that_tells_no_order_leaves_a_simulated_one(
        self, read_models: ReadModels, told: dict[str, Any]
    ) -> None:
        read_models.project(created(order_id="order_1", order=simulated_order()))
        read_models.project(enriched(customer={"name": "Zoé"}, position=2, **told))
        row = shown(read_models)
        assert (row.customer_name, row.order_status) == ("Zoé", None)
        assert row.order is not None
        assert (row.order["id"], row.order["source"]) == ("order_1", "simulated")

    def test_only_an_order_of_one_item_tells_the_product(self, read_models: ReadModels) -> None:
        several = order_told(items=[{"product_id": "product_1"}, {"product_id": "product_2"}])
        one = created(claim_id="claim_2", position=2, order=order_told())
        read_models.project(created(order=several), one, created(claim_id="claim_3", position=3))
        read_models.project(enriched("claim_3", order=several, position=4))
        products = [shown(read_models, f"claim_{number}").product_id for number in (1, 2, 3)]
        assert products == [None, "product_1", None]

    @pytest.mark.parametrize("place", range(1, 6))
    def test_a_context_may_come_between_any_two_events_of_its_claim(self, read_models: ReadModels, place: int) -> None:
        events: list[Envelope] = life(order_id="order_1")
        events.insert(place, enriched(order=order_told(), customer={"name": "Zoé"}, customer_id="cust_real"))
        for one in events:
            assert read_models.project(one) == {}
        row = shown(read_models)
        assert (row.version, row.position, row.updated_at) == (5, 6, EPOCH + timedelta(minutes=6))
        assert (row.status, row.customer_id, row.order_status) == ("closed", "cust_real", "delivered")
        assert [one.closed_claims for one in read_models.reader.customer_stats(ALL_STATS)] == [1]
        assert [one.closed_claims for one in read_models.reader.product_stats(ALL_STATS)] == [1]

    def test_a_context_in_front_of_the_creation_in_one_batch_comes_after_it(self, read_models: ReadModels) -> None:
        assert read_models.project(enriched(order=order_told()), *reversed(life(order_id="order_1"))) == {}
        assert (shown(read_models).order_status, shown(read_models).version) == ("delivered", 5)

    def test_a_context_whose_claim_is_not_there_yet_comes_again(self, read_models: ReadModels) -> None:
        learnt = enriched(position=2)
        failed = read_models.project(learnt)
        assert [(type(error), str(error)) for error in failed.values()] == [
            (ClaimMissingError, "claim_1 is not there yet")
        ]
        assert read_models.reader.claims(ClaimFilters(), EVERYTHING) == []
        assert read_models.project(created()) == {}
        assert read_models.project(learnt) == {}
        assert shown(read_models).enriched_at is not None
        assert read_models.reader.checkpoint().low_position == 2

    def test_a_context_does_not_wait_for_later_events_of_its_claim(self, read_models: ReadModels) -> None:
        gap = life()
        del gap[1]
        assert sorted(read_models.project(*gap, enriched(order=order_told()))) == ["3-0", "4-0", "5-0"]
        assert (shown(read_models).version, shown(read_models).order_status) == (1, "delivered")

    def test_an_odd_context_holds_back_nothing_of_its_claim(self, read_models: ReadModels) -> None:
        odd = enriched(order={"items": "none"}, position=6)
        stranger = enriched(position=7).model_copy(update={"aggregate_id": context_id_of("claim_2")})
        second = enriched(position=8, version=2)
        no_context = created(claim_id=context_id_of("claim_1"), position=9)
        assert sorted(read_models.project(*life(), odd, stranger, second, no_context)) == ["6-0", "7-0", "8-0", "9-0"]
        assert (shown(read_models).status, shown(read_models).enriched_at) == ("closed", None)
        assert read_models.reader.summary().total_claims == 1

    def test_a_context_delivered_again_changes_nothing(self, read_models: ReadModels) -> None:
        learnt = enriched(order=order_told(orders_total=400), customer_id="cust_real", customer={"name": "Zoé"})
        read_models.project(*life(order_id="order_1"), learnt)
        before = everything(read_models.reader)
        assert read_models.project(learnt) == {}
        assert read_models.project(*life(order_id="order_1"), learnt, learnt) == {}
        assert everything(read_models.reader) == before

    def test_a_second_context_of_a_claim_is_refused(self, read_models: ReadModels) -> None:
        read_models.project(created(), enriched(position=2))
        failed = read_models.project(enriched(position=3, event_id="another"))
        assert [type(error) for error in failed.values()] == [ForkError]

    @pytest.mark.parametrize("in_one_batch", [True, False])
    def test_a_stand_in_gives_his_claims_to_the_real_customer(
        self, read_models: ReadModels, in_one_batch: bool
    ) -> None:
        events = [*life(customer_id="customer_of_order_1"), enriched(customer_id="cust_real")]
        for batch in [events] if in_one_batch else [[one] for one in events]:
            assert read_models.project(*batch) == {}
        expected = CustomerStats(
            customer_id="cust_real",
            total_claims=1,
            active_claims=0,
            resolved_claims=0,
            closed_claims=1,
            last_claim_date=EPOCH + timedelta(minutes=1),
        )
        assert read_models.reader.customer_stats(ALL_STATS) == [expected]
        assert read_models.reader.customer_stats(ALL_STATS, "customer_of_order_1") == []
        assert read_models.reader.record_counts().customers == 1

    def test_a_stand_ins_claims_are_found_under_the_real_customer(self, read_models: ReadModels) -> None:
        read_models.project(created(customer_id="customer_of_order_1"))
        read_models.project(enriched(customer_id="cust_real", position=2))
        reader = read_models.reader
        assert ids(reader.claims(ClaimFilters(customer_id="cust_real"), EVERYTHING)) == ["claim_1"]
        assert reader.claims(ClaimFilters(customer_id="customer_of_order_1"), EVERYTHING) == []
        assert len(reader.search(["cust", "real"], ClaimFilters(), 10)) == 1

    def test_products_are_counted_by_what_became_of_their_claims(self, read_models: ReadModels) -> None:
        bought: dict[str, Any] = {"order_id": "order_1", "order": order_told()}
        read_models.project(
            *life(**bought),
            created(claim_id="claim_2", position=6, **bought),
            created(claim_id="claim_3", position=7, product_id="product_2"),
            created(claim_id="claim_4", position=8),
        )
        first = product_stats("product_1", "Casque audio", active=1, closed=1)
        second = product_stats("product_2", None, active=1)
        reader = read_models.reader
        assert reader.product_stats(ALL_STATS) == [first, second]
        assert reader.product_stats(ALL_STATS, "product_2") == [second]
        assert reader.product_stats(ALL_STATS, "product_404") == []
        assert reader.product_stats(StatsPage(1, after=StatsKey(2, "product_1"))) == [second]
        assert (reader.record_counts().products, reader.record_counts().orders) == (2, 1)

    @pytest.mark.parametrize("backwards", [False, True])
    def test_a_product_is_called_as_the_latest_order_calls_it(self, read_models: ReadModels, backwards: bool) -> None:
        names: list[dict[str, str]] = [{"product_name": "Casque"}, {"product_name": "Casque audio"}, {}]
        told = [
            created(claim_id=f"claim_{number}", position=number, order=order_told(items=[{"product_id": "p1", **name}]))
            for number, name in enumerate(names, start=1)
        ]
        for one in reversed(told) if backwards else told:
            read_models.project(one)
        assert read_models.reader.product_stats(ALL_STATS) == [product_stats("p1", "Casque audio", active=3)]

    def test_a_context_names_the_product_that_the_caller_told(self, read_models: ReadModels) -> None:
        items = [{"product_id": "p1", "product_name": "Casque"}, {"product_id": "p2", "product_name": "Souris"}]
        read_models.project(created(product_id="p2", order_id="order_1"))
        read_models.project(enriched(order=order_told(items=items), position=2))
        assert read_models.reader.product_stats(ALL_STATS) == [product_stats("p2", "Souris", active=1)]

    def test_claims_are_counted_by_order_and_by_what_their_order_is(self, read_models: ReadModels) -> None:
        read_models.project(
            created(order_id="order_1", order=order_told()),
            created(claim_id="claim_2", position=2, order_id="order_1"),
            created(claim_id="claim_3", position=3, order_id="order_2", order=order_told("shipped")),
            created(claim_id="claim_4", position=4),
        )
        reader = read_models.reader
        counted = [(one.order_status, one.total_claims) for one in reader.order_status_stats(10)]
        assert counted == [("delivered", 1), ("shipped", 1), ("unknown", 1)]
        assert reader.order_totals() == OrderTotals(
            claims_with_order=3, orders_with_claims=2, orders_total=None, orders_total_at=None
        )
        read_models.project(enriched("claim_2", order=order_told(), position=5))
        assert reader.order_status_stats(1) == [OrderStatusStats(order_status="delivered", total_claims=2)]
        assert [one.order_status for one in reader.order_status_stats(10)] == ["delivered", "shipped"]

    def test_claims_are_counted_by_channel(self, read_models: ReadModels) -> None:
        channels = ("phone", "web", "web", None)
        read_models.project(
            *(
                created(claim_id=f"claim_{number}", position=number, channel=channel)
                for number, channel in enumerate(channels, start=1)
            )
        )
        assert read_models.reader.channel_stats(10) == [
            ChannelStats(channel="web", total_claims=2),
            ChannelStats(channel="phone", total_claims=1),
            ChannelStats(channel="unknown", total_claims=1),
        ]
        assert read_models.reader.channel_stats(1) == [ChannelStats(channel="web", total_claims=2)]

    @pytest.mark.parametrize("backwards", [False, True])
    def test_the_latest_number_of_orders_stays(self, read_models: ReadModels, backwards: bool) -> None:
        read_models.project(created(claim_id="claim_2", order_id="order_1"))
        told = [
            created(claim_id="claim_1", position=2, order=order_told(orders_total=400)),
            enriched("claim_2", position=3, order=order_told(orders_total=300)),
            created(claim_id="claim_3", position=4, order=order_told(orders_total=9, source="simulated")),
            created(claim_id="claim_4", position=5, order=order_told()),
        ]
        for one in reversed(told) if backwards else told:
            assert read_models.project(one) == {}
        totals = read_models.reader.order_totals()
        assert (totals.orders_total, totals.orders_total_at) == (300, EPOCH + timedelta(minutes=3))

    def test_a_nul_in_a_context_becomes_a_replacement_character(self, read_models: ReadModels) -> None:
        nul = order_told("liv\x00ré", items=[{"product_id": "p\ud800", "product_name": "Cas\x00que"}])
        assert read_models.project(created(order_id="order_1")) == {}
        assert read_models.project(enriched(customer={"name": "Z\x00"}, customer_id="c\x00", order=nul)) == {}
        row = shown(read_models)
        assert (row.customer_name, row.customer_id, row.order_status) == ("Z\ufffd", "c\ufffd", "liv\ufffdré")
        assert read_models.reader.product_stats(ALL_STATS) == [product_stats("p\ufffd", "Cas\ufffdque", active=1)]

    def test_a_claim_whose_id_holds_a_nul_gets_its_context(self, read_models: ReadModels) -> None:
        assert read_models.project(created(claim_id="claim\x00"), enriched("claim\x00", order=order_told())) == {}
        assert shown(read_models, "claim\ufffd").order_status == "delivered"


def product_stats(
    product_id: str, product_name: str | None, *, active: int = 0, resolved: int = 0, closed: int = 0
) -> ProductStats:
    return ProductStats(
        product_id=product_id,
        product_name=product_name,
        total_claims=active + resolved + closed,
        active_claims=active,
        resolved_claims=resolved,
        closed_claims=closed,
    )
