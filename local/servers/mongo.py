"""The MongoDB-protocol server. SecantusDB is GPL-2.0: it is run as a process of its own and never imported."""

import importlib.util
import sys
from functools import partial
from pathlib import Path

from local.servers.probes import mongo_answers
from local.servers.spec import ServerError, ServerSpec

_CACHE_SIZE = "256M"


def prepare_mongo(directory: Path, port: int) -> ServerSpec:
    """Tell how to start the server on `port` with its files below `directory`/mongo."""
    if importlib.util.find_spec("secantus") is None:
        raise ServerError("no MongoDB-protocol server for this machine; use `up --external` with MONGO_URL")
    data = directory / "mongo"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = data / "secantusd.toml"
    config.touch()  # an empty one of ours, or it would look for one in the home directory
    command = (
        sys.executable,
        *("-m", "secantus", "--config", str(config.resolve())),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--storage-path", str((data / "data").resolve())),
        *("--sync-on-commit", "--cache-size", _CACHE_SIZE, "--log-level", "WARNING"),
    )
    # directConnection: a driver must not follow the host name that the replica set of one gives itself.
    url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    return ServerSpec("mongo", url, port, command, is_ready=partial(mongo_answers, port))
