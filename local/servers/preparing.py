"""Makes the files of an embedded server. Nothing runs yet."""

from pathlib import Path

from local.servers.spec import ServerName, ServerSpec


def prepare(name: ServerName, directory: Path, port: int) -> ServerSpec:
    """Make the server's files below `directory` where they are missing, and tell how to start it on `port`.

    The first PostgreSQL takes about a second (initdb). Raises ServerError.
    """
    # Each is imported where it is wanted: a test that needs Valkey alone does not look for PostgreSQL.
    match name:
        case "valkey":
            from local.servers.valkey import prepare_valkey

            return prepare_valkey(directory, port)
        case "mongo":
            from local.servers.mongo import prepare_mongo

            return prepare_mongo(directory, port)
        case "postgres":
            from local.servers.postgres import prepare_postgres

            return prepare_postgres(directory, port)
