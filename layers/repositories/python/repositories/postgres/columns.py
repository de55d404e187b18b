"""The columns of `claim_read_models` that the rows in Python have, named once."""

from dataclasses import fields

from psycopg import sql

from repositories.ports.read_model_rows import ClaimRow, ClaimSummary, ProjectedClaim

SUMMARY_NAMES = tuple(field.name for field in fields(ClaimSummary))
ROW_NAMES = tuple(field.name for field in fields(ClaimRow))
PROJECTED_NAMES = tuple(field.name for field in fields(ProjectedClaim))


def columns(names: tuple[str, ...], table: str | None = None) -> sql.Composed:
    """The names as a list for SELECT or INSERT, quoted, each behind its table's name where one is given."""
    behind = (table,) if table else ()
    return sql.SQL(", ").join(sql.Identifier(*behind, name) for name in names)
