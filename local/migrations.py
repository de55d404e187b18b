"""The read models' schema, brought up to date. `python -m local.migrations` does it for POSTGRES_URL."""

import os
import sys

from local.paths import put_layers_on_path
from local.supervisor.errors import StartError


def migrate_read_models(postgres_url: str) -> list[str]:
    """Apply what is missing of the schema; return what was applied. Raises StartError."""
    try:
        from repositories.postgres.migrations import migrate

        return migrate(postgres_url)
    except Exception as error:
        sentence = " ".join(f"{type(error).__name__}: {error}".split())
        raise StartError(f"the read models' schema cannot be migrated: {sentence}") from error


if __name__ == "__main__":
    put_layers_on_path()
    try:
        migrate_read_models(os.environ["POSTGRES_URL"])
    except StartError as problem:
        sys.exit(str(problem))
