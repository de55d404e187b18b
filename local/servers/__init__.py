"""The embedded servers: Valkey, PostgreSQL, a MongoDB-protocol server, each a process of its own from a pip wheel."""

from local.servers.embedded import ServerUrls, embedded_server, embedded_servers
from local.servers.preparing import prepare
from local.servers.spec import ServerError, ServerName, ServerSpec

__all__ = ["ServerError", "ServerName", "ServerSpec", "ServerUrls", "embedded_server", "embedded_servers", "prepare"]
