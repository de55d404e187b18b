"""PostgreSQL that goes away and comes back, refuses values, and is written by several at once."""

import random
import string
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from functions.projection.service import Projector
from local.servers import ServerSpec, prepare
from local.servers.ports import free_port
from local.servers.spec import spawn
from repositories.errors import StoreUnavailableError
from repositories.ports.read_model_reader import ClaimFilters, ClaimPage
from repositories.ports.read_model_rows import ClaimRow
from repositories.ports.read_model_writer import (
    ConcurrentProjectionError,
    ReadModelChanges,
    ReadModelTransaction,
    RefusedDataError,
)
from repositories.postgres.migrations import migrate
from repositories.postgres.read_model_reader import PostgresReadModelReader
from repositories.postgres.read_model_writer import PostgresReadModelWriter
from tests.contract.read_models_contract import (
    ALL_STATS,
    EPOCH,
    ReadModels,
    created,
    enriched,
    life,
    many,
    order_told,
    records,
)
from tests.integration.postgres.read_model_database import migrated_database, open_read_models


@pytest.fixture(scope="module")
def database_url(postgres_url: str) -> Iterator[str]:
    with migrated_database(postgres_url) as url:
        yield url


@pytest.fixture
def read_models(database_url: str) -> Iterator[ReadModels]:
    with open_read_models(database_url) as opened:
        yield opened


def drop_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_dropped_connection_costs_no_request_and_no_batch(database_url: str, read_models: ReadModels) -> None:
    read_models.project(created())
    assert read_models.reader.summary().total_claims == 1
    drop_connections(database_url)
    assert read_models.reader.summary().total_claims == 1
    assert read_models.project(*life()) == {}
    assert read_models.reader.summary().closed_claims == 1


def test_a_connection_dropped_within_a_transaction_leaves_the_effect_once(
    database_url: str, read_models: ReadModels
) -> None:
    read_models.project(created())
    dropped: list[bool] = []

    def work(transaction: ReadModelTransaction) -> None:
        row = transaction.lock_claims(["claim_2"]).get("claim_2")
        assert row is None
        if not dropped:
            dropped.append(True)
            drop_connections(database_url)
        transaction.save(ReadModelChanges(rows=[claim_row("claim_2")], applied=[2]))

    read_models.writer.in_transaction(work)
    assert read_models.reader.claim("claim_2") is not None
    assert read_models.reader.checkpoint().low_position == 2


def test_a_reader_cannot_write(database_url: str) -> None:
    reader = PostgresReadModelReader(database_url)
    with pytest.raises(StoreUnavailableError) as refused:
        reader._session.run(lambda connection: connection.execute("DELETE FROM claim_read_models"))
    assert isinstance(refused.value.__cause__, psycopg.errors.ReadOnlySqlTransaction)
    reader.close()


def test_a_server_that_was_killed_is_used_again_once_it_is_back() -> None:
    with TemporaryDirectory(prefix="recours-test-") as directory:
        spec = prepare("postgres", Path(directory), free_port())
        process = start(spec, Path(directory))
        try:
            migrate(spec.url)
            reader, projector = PostgresReadModelReader(spec.url), Projector(PostgresReadModelWriter(spec.url))
            assert projector.apply(records([created()])) == {}
            process.send_signal(spec.death_signal)
            process.wait()
            with pytest.raises(StoreUnavailableError):
                reader.summary()
            with pytest.raises(StoreUnavailableError):
                projector.apply(records(life()))
            process = start(spec, Path(directory))
            assert reader.summary().total_claims == 1
            assert projector.apply(records(life())) == {}
            assert reader.summary().closed_claims == 1
        finally:
            process.send_signal(spec.stop_signal)
            process.wait()


def start(spec: ServerSpec, directory: Path) -> "subprocess.Popen[bytes]":
    with (directory / "postgres.log").open("ab") as log:
        process = spawn(spec, log)
    deadline = time.monotonic() + 30
    while not spec.is_ready():
        assert process.poll() is None, (directory / "postgres.log").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def test_a_value_too_large_for_an_index_fails_only_its_claim(read_models: ReadModels) -> None:
    dice = random.Random(1)
    endless = "".join(dice.choices(string.ascii_letters, k=9_000))
    failed = read_models.project(
        *many(3), *life("claim_large", 4, customer_id=endless), created(claim_id="claim_after", position=9)
    )
    assert sorted(failed) == ["4-0", "5-0", "6-0", "7-0", "8-0"]
    assert all(isinstance(error, RefusedDataError) for error in failed.values())
    assert read_models.reader.summary().total_claims == 4
    checkpoint = read_models.reader.checkpoint()
    assert (checkpoint.high_position, checkpoint.low_position, checkpoint.gap_count) == (9, 3, 5)


def test_a_context_too_large_for_an_index_fails_without_its_claim(read_models: ReadModels) -> None:
    endless = "".join(random.Random(1).choices(string.ascii_letters, k=9_000))
    failed = read_models.project(*life(), enriched(customer_id=endless), enriched("claim_2", 8), *life("claim_2", 9))
    assert [type(error) for error in failed.values()] == [RefusedDataError]
    assert list(failed) == ["6-0"]
    assert read_models.reader.summary().closed_claims == 2


def test_a_position_beyond_64_bits_fails_only_its_claim(read_models: ReadModels) -> None:
    failed = read_models.project(created(claim_id="claim_far").model_copy(update={"position": 2**63}), *life())
    assert list(failed) == [f"{2**63}-0"]
    assert read_models.reader.checkpoint().high_position == 5


def test_a_row_made_by_another_writer_meanwhile_undoes_the_batch(database_url: str, read_models: ReadModels) -> None:
    other = PostgresReadModelWriter(database_url)

    def work(transaction: ReadModelTransaction) -> None:
        transaction.lock_claims(["claim_1"])
        Projector(other).apply(records([created()]))
        transaction.save(ReadModelChanges(rows=[claim_row("claim_1")], applied=[7]))

    with pytest.raises(ConcurrentProjectionError):
        read_models.writer.in_transaction(work)
    other.close()
    assert read_models.reader.checkpoint().high_position == 1


def claim_row(claim_id: str) -> ClaimRow:
    return ClaimRow(
        claim_id=claim_id,
        version=1,
        position=2,
        status="created",
        customer_id="cust_1",
        claim_type="product_defect",
        description="Produit",
        urgency="low",
        created_at=EPOCH,
        updated_at=EPOCH,
    )


def test_many_projectors_at_once_neither_deadlock_nor_lose_a_count(database_url: str, read_models: ReadModels) -> None:
    lives = [life(f"claim_{number:02}", number * 5 + 1, customer_id=f"cust_{number % 3}") for number in range(40)]
    lanes = [[event for number in range(lane, 40, 4) for event in lives[number]] for lane in range(4)]
    failures: list[BaseException] = []

    def project(lane: int) -> None:
        writer = PostgresReadModelWriter(database_url)
        dice = random.Random(lane)
        try:
            events = list(lanes[lane])
            while events:
                size = dice.randint(1, 12)
                assert Projector(writer).apply(records(events[:size])) == {}
                events = events[size:]
        except BaseException as error:  # noqa: BLE001 (told to the test's thread)
            failures.append(error)
        finally:
            writer.close()

    threads = [threading.Thread(target=project, args=(lane,)) for lane in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert read_models.reader.summary().closed_claims == 40
    assert [one.closed_claims for one in read_models.reader.customer_stats(ALL_STATS)] == [14, 13, 13]
    checkpoint = read_models.reader.checkpoint()
    assert (checkpoint.high_position, checkpoint.low_position, checkpoint.gap_count) == (200, 200, 0)


def test_contexts_projected_beside_their_claims_lose_no_count(database_url: str, read_models: ReadModels) -> None:
    lives = [
        life(f"claim_{number:02}", number * 5 + 1, customer_id=f"customer_of_{number:02}", order_id="order_1")
        for number in range(30)
    ]
    contexts = [
        enriched(f"claim_{number:02}", 151 + number, customer_id=f"cust_{number % 3}", order=order_told())
        for number in range(30)
    ]
    lanes = [[event for one in lives[lane::2] for event in one] for lane in range(2)]
    lanes += [contexts[::2], contexts[1::2]]
    failures: list[BaseException] = []

    def project(lane: int) -> None:
        writer, dice = PostgresReadModelWriter(database_url), random.Random(lane)
        try:
            waiting = list(lanes[lane])
            while waiting:
                size = dice.randint(1, 9)
                failed = Projector(writer).apply(records(waiting[:size]))
                # A context that was faster than its claim comes again, as a poller has it.
                waiting = [one for one in waiting if one not in waiting[:size] or f"{one.position}-0" in failed]
        except BaseException as error:  # noqa: BLE001 (told to the test's thread)
            failures.append(error)
        finally:
            writer.close()

    threads = [threading.Thread(target=project, args=(lane,)) for lane in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    customers = [(one.customer_id, one.closed_claims) for one in read_models.reader.customer_stats(ALL_STATS)]
    assert customers == [("cust_0", 10), ("cust_1", 10), ("cust_2", 10)]
    assert [one.closed_claims for one in read_models.reader.product_stats(ALL_STATS)] == [30]
    statuses = [(one.order_status, one.total_claims) for one in read_models.reader.order_status_stats(10)]
    assert statuses == [("delivered", 30)]
    checkpoint = read_models.reader.checkpoint()
    assert (checkpoint.high_position, checkpoint.low_position, checkpoint.gap_count) == (180, 180, 0)


def test_a_claim_written_by_several_projectors_at_once_is_counted_once(
    database_url: str, read_models: ReadModels
) -> None:
    events = life()

    def project() -> None:
        writer = PostgresReadModelWriter(database_url)
        for _ in range(50):
            try:
                if not Projector(writer).apply(records(events)):
                    break
            except ConcurrentProjectionError:
                continue
        writer.close()

    threads = [threading.Thread(target=project) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_models.reader.summary().total_claims == 1
    assert read_models.reader.summary().closed_claims == 1
    [agent] = read_models.reader.agent_stats(ALL_STATS)
    assert (agent.total_assigned, agent.resolved_claims) == (1, 1)


def test_a_gap_that_stays_open_stops_waiting_for_its_own_position_only(
    database_url: str, read_models: ReadModels
) -> None:
    read_models.project(created(position=1), created(claim_id="claim_3", position=3))
    assert not read_models.reader.has_position(3)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE read_v1.projection_gaps SET noticed_at = now() - interval '11 seconds'")
    assert read_models.reader.has_position(3)
    assert not read_models.reader.has_position(2)


def test_a_query_text_is_never_sql(read_models: ReadModels) -> None:
    read_models.project(created(customer_id="'; DROP TABLE claim_read_models; --"))
    found = read_models.reader.claims(ClaimFilters(customer_id="'; DROP TABLE claim_read_models; --"), ClaimPage())
    assert len(found) == 1
    assert read_models.reader.search(["'", "|", "%s", "{x}", "\\"], ClaimFilters(), 10) == []
