"""The SQL files beside this module, one statement a file."""

from functools import cache
from importlib.resources import files

from psycopg import sql

_FOLDER = files("repositories.postgres") / "sql"


@cache
def statement(name: str) -> sql.SQL:
    """The text of `sql/<name>.sql`; values are its named parameters, `{…}` are places for `SQL.format`."""
    # The text is our own file, never input; LiteralString cannot say that.
    return sql.SQL((_FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
