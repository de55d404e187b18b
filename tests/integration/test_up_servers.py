"""The embedded servers, for real."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from pymongo import MongoClient

from local.servers import embedded_server, embedded_servers
from local.servers.account import USER_NAME


def test_the_log_keeps_what_it_acknowledged_and_evicts_nothing(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    wanted = {
        "appendonly": "yes",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
        "maxmemory-policy": "noeviction",
    }
    assert {name: client.config_get(name)[name] for name in wanted} == wanted
    assert int(client.config_get("maxmemory")["maxmemory"] or "0") > 0


def test_postgres_is_durable_speaks_utf8_and_knows_french(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        settings = {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            for name in ("fsync", "synchronous_commit", "full_page_writes", "server_encoding", "TimeZone")
        }
        stem = connection.execute("SELECT to_tsvector('french', 'réclamations')::text").fetchone()
        names = connection.execute("SELECT current_database(), lower('É')").fetchone()
    assert settings == {
        "fsync": ("on",),
        "synchronous_commit": ("on",),
        "full_page_writes": ("on",),
        "server_encoding": ("UTF8",),
        "TimeZone": ("UTC",),
    }
    assert stem == ("'réclam':1",)
    assert names == ("recours", "é")


def test_postgres_refuses_who_does_not_know_the_password(postgres_url: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_url, password="guess")


def test_the_archive_server_takes_transactions(mongo_url: str) -> None:
    with MongoClient[dict[str, object]](mongo_url) as client, client.start_session() as session:
        with session.start_transaction():
            client["servers"]["things"].insert_one({"_id": "kept"}, session=session)
        session.start_transaction()
        client["servers"]["things"].insert_one({"_id": "dropped"}, session=session)
        session.abort_transaction()
        assert [found["_id"] for found in client["servers"]["things"].find()] == ["kept"]


def test_data_outlives_the_servers(tmp_path: Path) -> None:
    with embedded_servers(tmp_path) as urls:
        redis.Redis.from_url(urls.redis_url).set("kept", "yes")
        with psycopg.connect(urls.postgres_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'yes' AS value")
        with MongoClient[dict[str, object]](urls.mongo_url) as client:
            client["kept"]["kept"].insert_one({"_id": "yes"})
    with embedded_servers(tmp_path) as urls:
        assert redis.Redis.from_url(urls.redis_url).get("kept") == b"yes"
        with psycopg.connect(urls.postgres_url) as connection:
            assert connection.execute("SELECT value FROM kept").fetchone() == ("yes",)
        with MongoClient[dict[str, object]](urls.mongo_url) as client:
            assert client["kept"]["kept"].find_one() == {"_id": "yes"}


def test_nothing_of_the_servers_is_left_after_the_block(tmp_path: Path) -> None:
    before = set(psutil.Process().children(recursive=True))
    with embedded_servers(tmp_path):
        started = set(psutil.Process().children(recursive=True)) - before
        assert len(started) >= 3
    assert not [process for process in started if process.is_running()]


def test_a_half_made_cluster_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "postgres.unfinished" / "base").mkdir(parents=True)
    with embedded_server("postgres", tmp_path) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_as_root_postgres_runs_as_another_user_below_a_closed_directory(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with embedded_server("postgres", tmp_path / "data") as url, psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        assert psutil.Process(row[0]).username() == USER_NAME
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CHECKPOINT")
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_servers_die_with_the_process_that_started_them_even_by_sigkill(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from local.servers import embedded_servers\n"
        "with embedded_servers(Path(sys.argv[1])): print('up', flush=True); time.sleep(600)"
    )
    root = Path(__file__).parents[2]
    starter = subprocess.Popen([sys.executable, "-c", script, tmp_path], cwd=root, stdout=subprocess.PIPE)
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"up\n"
    started = psutil.Process(starter.pid).children(recursive=True)
    assert len(started) >= 3
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    _, alive = psutil.wait_procs(started, timeout=10)
    assert alive == []
    deadline = time.monotonic() + 30
    with embedded_servers(tmp_path) as urls:  # the locks that a killed server leaves do not stop the next one
        assert redis.Redis.from_url(urls.redis_url).ping()
    assert time.monotonic() < deadline
