"""Whether the log's server would keep what it acknowledges."""

from redis import Redis

from repositories.errors import LogMisconfiguredError
from repositories.redis_log.connection import translated_errors

# An acknowledged event is on disk (the first three, also while the file is rewritten), and full means full.
NEEDED_SETTINGS = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
}


def verify_settings(client: "Redis") -> None:
    """Raise LogMisconfiguredError where the server would lose or evict events.

    Raises StoreUnavailableError where it does not answer, or does not let us read its settings.
    """
    with translated_errors():
        found = client.config_get(*NEEDED_SETTINGS)  # redis-py gives these as text
    for name, needed in NEEDED_SETTINGS.items():
        if found.get(name) != needed:
            raise LogMisconfiguredError(f"the log's server has {name} {found.get(name)}, but it needs {name} {needed}")
