"""Cursors, settings and the JSON that goes out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import BaseModel, SecretStr

from envelope.errors import InvalidError
from handlers.cursors import decode_cursor, encode_cursor
from handlers.queries import EventTypeName, Query, Time
from handlers.requests import parse_query
from handlers.responses import to_json_text
from handlers.settings import SettingsError, read_settings


def test_a_cursor_gives_back_what_went_in() -> None:
    assert decode_cursor(encode_cursor(["2025-07-08T14:30:00.000Z", "claim_1"]), 2) == [
        "2025-07-08T14:30:00.000Z",
        "claim_1",
    ]


@pytest.mark.parametrize("mangled", ["", "%%%", "e30", encode_cursor([1]), "W10=", "é"])
def test_a_mangled_cursor_is_refused(mangled: str) -> None:
    with pytest.raises(InvalidError, match="cursor"):
        decode_cursor(mangled, 2)


class Settings(BaseModel, frozen=True):
    redis_url: SecretStr
    size: int = 1


def test_settings_come_from_variables_in_capitals() -> None:
    settings = read_settings(Settings, {"REDIS_URL": "redis://x", "SIZE": "5"})
    assert (settings.redis_url.get_secret_value(), settings.size) == ("redis://x", 5)


def test_wrong_settings_are_named_without_their_values() -> None:
    with pytest.raises(SettingsError, match=r"REDIS_URL .*SIZE") as caught:
        read_settings(Settings, {"SIZE": "secret"})
    assert "secret" not in str(caught.value)


def test_times_go_out_as_utc_milliseconds() -> None:
    moment = datetime(2025, 7, 8, 16, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert to_json_text({"at": moment}) == '{"at":"2025-07-08T14:30:00.999Z"}'
    assert to_json_text({"at": datetime(2025, 1, 1, tzinfo=UTC)}) == '{"at":"2025-01-01T00:00:00.000Z"}'


class EventsQuery(Query):
    event_type: EventTypeName | None = None
    since: Time | None = None


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"event_type": ["ReclamationCree"]}, "event_type: is not a type of event; they are ReclamationCreee, "),
        ({"since": ["yesterday"]}, "since: 'yesterday' is not a time such as 2025-07-08T14:30:00Z"),
        ({"since": ["2025-07-08"]}, "since: '2025-07-08' has no offset: end it with Z or +hh:mm"),
        ({"sinc": ["2025"]}, "sinc: is not known here; what is: event_type, since"),
    ],
)
def test_a_refused_parameter_says_what_would_be_taken(query: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(InvalidError) as caught:
        parse_query(EventsQuery, query)
    assert str(caught.value).startswith(sentence)
