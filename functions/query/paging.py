"""Cursors: where a page ended, as text that the next request brings back."""

from datetime import datetime
from typing import Any, NoReturn

from envelope import format_utc, parse_utc
from envelope.errors import InvalidError
from handlers.cursors import decode_cursor, encode_cursor
from repositories.ports.read_model_reader import ClaimKey, Match, SearchKey, Sort, StatsKey, sort_value
from repositories.ports.read_model_rows import URGENCIES, ClaimSummary

COUNT_MAX = 2**63 - 1


def claims_cursor(last: ClaimSummary, sort: Sort) -> str:
    """The cursor behind `last` in a list with this sort."""
    value = sort_value(last, sort)
    shown = format_utc(value) if isinstance(value, datetime) else value
    return encode_cursor([sort, shown, format_utc(last.created_at), last.claim_id])


def claims_key(cursor: str | None, sort: Sort) -> ClaimKey | None:
    """The place a cursor names. Raises InvalidError for one of another list or another sort."""
    if cursor is None:
        return None
    made_for, shown, created_at, claim_id = decode_cursor(cursor, 4)
    if made_for != sort:
        _refuse("made for another sort")
    value = _rank(shown) if sort.endswith("urgency") else _moment(shown)
    return ClaimKey(value, _moment(created_at), _text(claim_id))


def search_cursor(last: Match) -> str:
    """The cursor behind `last`."""
    return encode_cursor([last.kind, last.score, format_utc(last.claim.created_at), last.claim.claim_id])


def search_key(cursor: str | None) -> SearchKey | None:
    """The place a cursor names. Raises InvalidError for one of another list."""
    if cursor is None:
        return None
    kind, score, created_at, claim_id = decode_cursor(cursor, 4)
    if kind not in ("text", "similar") or not isinstance(score, float):
        _refuse()
    return SearchKey(kind, score, _moment(created_at), _text(claim_id))


def stats_cursor(total: int, row_id: str) -> str:
    """The cursor behind the row with this total and id."""
    return encode_cursor([total, row_id])


def stats_key(cursor: str | None) -> StatsKey | None:
    """The place a cursor names. Raises InvalidError for one of another list."""
    if cursor is None:
        return None
    total, row_id = decode_cursor(cursor, 2)
    if not isinstance(total, int) or not 0 <= total <= COUNT_MAX:
        _refuse()
    return StatsKey(total, _text(row_id))


def _moment(value: Any) -> datetime:
    try:
        return parse_utc(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _invalid("not one that a list gave out") from error


def _rank(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < len(URGENCIES):
        _refuse()
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        _refuse()
    return value


def _refuse(reason: str = "not one that a list gave out") -> NoReturn:
    raise _invalid(reason)


def _invalid(reason: str) -> InvalidError:
    return InvalidError(f"cursor: {reason}", (("cursor", reason),))
