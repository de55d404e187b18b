"""The envelope and its payloads, through JSON and back."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from envelope import (
    EVENT_TYPES,
    Actor,
    Envelope,
    Event,
    ReclamationAffectee,
    ReclamationCloturee,
    ReclamationCreee,
    ReclamationEnCours,
    ReclamationEnrichie,
    ReclamationResolue,
    event_type_of,
    format_utc,
    from_json,
    parse_utc,
    read_payload,
    to_json,
)
from envelope.errors import UnreadableError
from envelope.schemas import schema_of

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
payloads = st.one_of(
    *(st.builds(kind) for kind in (ReclamationCreee, ReclamationAffectee, ReclamationEnCours)),
    *(st.builds(kind) for kind in (ReclamationResolue, ReclamationCloturee, ReclamationEnrichie)),
).filter(lambda payload: _is_json(payload))
ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64)
moments = st.datetimes(
    datetime(1900, 1, 2),  # noqa: DTZ001 (the zone stands beside)
    datetime(9000, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=45))]),
)

REQUIREMENT: dict[str, Any] = {
    "event_id": "a1b2c3d4-e5f6-4708-9abc-def012345678",
    "event_type": "ReclamationAffectee",
    "aggregate_id": "claim_67890",
    "data": {
        "agent_id": "agent_smith",
        "agent_name": "John Smith",
        "assignment_reason": "product_expertise",
        "estimated_resolution_time": "2025-07-10T14:30:00.000Z",
    },
    "timestamp": "2025-07-08T14:35:00.000Z",
    "correlation_id": "trace_xyz789",
}
"""The requirement's own example of an event."""


def _is_json(payload: Event) -> bool:
    """JSON has no NaN and no infinity; the command side takes none."""
    try:
        json.dumps(payload.model_dump(mode="json"), allow_nan=False)
    except ValueError:
        return False
    return True


def envelope_of(payload: Event, **fields: Any) -> Envelope:
    kind = event_type_of(payload)
    given_fields = {"event_id": "e", "aggregate_id": "claim_1", "correlation_id": "c", "version": 1, **fields}
    return Envelope(
        **{"timestamp": datetime(2025, 7, 8, tzinfo=UTC), **given_fields},
        event_type=kind.name,
        data=payload.model_dump(mode="json", exclude_none=True),
    )


@given(payloads, moments, ids, ids, st.integers(1, 2**53))
def test_an_event_survives_json(
    payload: Event, moment: datetime, event_id: str, correlation_id: str, version: int
) -> None:
    envelope = envelope_of(
        payload, timestamp=moment, event_id=event_id, correlation_id=correlation_id, version=version, causation_id="x"
    )
    stored = from_json(to_json(envelope))
    assert stored == envelope
    assert read_payload(stored) == payload
    assert to_json(stored) == to_json(envelope), "the hash of an event must not depend on who wrote it out"


@given(payloads)
def test_an_event_is_what_its_published_schema_says(payload: Event) -> None:
    written = json.loads(to_json(envelope_of(payload)))
    Draft202012Validator(schema_of(event_type_of(payload))).validate(written)


def test_the_requirements_example_is_an_event() -> None:
    envelope = Envelope.model_validate({**REQUIREMENT, "version": 2})
    payload = read_payload(envelope)
    assert isinstance(payload, ReclamationAffectee)
    assert payload.agent_name == "John Smith"
    written = json.loads(to_json(envelope))
    assert {name: written[name] for name in REQUIREMENT} == REQUIREMENT
    assert {**payload.model_dump(mode="json", exclude_none=True)} == REQUIREMENT["data"]


def test_the_position_is_not_written_but_given_when_read() -> None:
    envelope = envelope_of(ReclamationCloturee(), position=17)
    assert b"position" not in to_json(envelope)
    assert from_json(to_json(envelope)).position is None
    assert from_json(to_json(envelope), position=17) == envelope


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        envelope_of(ReclamationCloturee()).version = 2


@pytest.mark.parametrize("raw", [b"", b"{", b"null", b"[]", b"{}", b'"text"', b"7", b'\xff{"a": 1}'])
@pytest.mark.parametrize("position", [None, 7])
def test_what_is_no_event_is_unreadable(raw: bytes, position: int | None) -> None:
    with pytest.raises(UnreadableError):
        from_json(raw, position)


@pytest.mark.parametrize("name", sorted(REQUIREMENT))
def test_an_event_without_one_of_the_requirements_fields_is_unreadable(name: str) -> None:
    fields = {key: value for key, value in {**REQUIREMENT, "version": 1}.items() if key != name}
    with pytest.raises(UnreadableError):
        from_json(json.dumps(fields))


@pytest.mark.parametrize(
    ("field", "value"),
    [("version", 0), ("schema_version", 0), ("timestamp", "2025-07-08T14:35:00"), ("event_id", ""), ("data", [])],
)
def test_an_event_with_a_wrong_field_is_unreadable(field: str, value: Any) -> None:
    with pytest.raises(UnreadableError):
        from_json(json.dumps({**REQUIREMENT, "version": 1, field: value}))


def test_a_field_from_a_newer_writer_is_ignored() -> None:
    newer = {**REQUIREMENT, "version": 1, "tenant": "x", "data": {**REQUIREMENT["data"], "team": "blue"}}
    assert isinstance(read_payload(from_json(json.dumps(newer))), ReclamationAffectee)


def test_an_event_of_a_type_or_a_schema_version_that_we_do_not_know_is_unreadable() -> None:
    known = Envelope.model_validate({**REQUIREMENT, "version": 1})
    with pytest.raises(UnreadableError):
        read_payload(known.model_copy(update={"event_type": "ReclamationPerdue"}))
    with pytest.raises(UnreadableError):
        read_payload(known.model_copy(update={"schema_version": 99}))
    with pytest.raises(UnreadableError):
        read_payload(known.model_copy(update={"data": {}}))


def test_every_type_of_the_catalogue_is_found_by_its_name() -> None:
    assert sorted(EVENT_TYPES) == [
        "ReclamationAffectee",
        "ReclamationCloturee",
        "ReclamationCreee",
        "ReclamationEnCours",
        "ReclamationEnrichie",
        "ReclamationResolue",
    ]


@given(moments)
def test_a_time_is_written_in_utc_to_the_millisecond_and_read_back(moment: datetime) -> None:
    text = format_utc(moment)
    assert len(text) == len("2025-07-08T14:30:00.000Z")
    assert parse_utc(text) == moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


@pytest.mark.parametrize("text", ["2025-07-08T14:30:00", "2025-07-08", "yesterday", ""])
def test_a_time_without_an_offset_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any reason will do)
        parse_utc(text)


def test_an_actor_is_anonymous_unless_told_otherwise() -> None:
    assert envelope_of(ReclamationCloturee()).actor == Actor(type="anonymous", id="anonymous")


def test_what_is_said_of_an_unreadable_event_holds_none_of_its_values() -> None:
    ids = {"event_id": "e", "event_type": "ReclamationCreee", "aggregate_id": "c", "correlation_id": "x", "version": 1}
    data = {"customer_id": ["Aline Roy"], "claim_type": "Aline"}
    told = {**ids, "timestamp": "2025-07-08T14:30:00Z", "data": data}
    with pytest.raises(UnreadableError, match="customer_id: Input should be a valid string") as caught:
        read_payload(from_json(json.dumps(told)))
    assert "Aline" not in str(caught.value)
    with pytest.raises(UnreadableError, match="version: ") as caught:
        from_json(json.dumps({**told, "version": "Aline"}))
    assert "Aline" not in str(caught.value)


TRACED = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


def test_an_event_without_metadata_is_written_as_it_ever_was() -> None:
    envelope = Envelope(**REQUIREMENT, version=2)
    assert envelope.metadata == {}
    assert "metadata" not in json.loads(to_json(envelope))
    assert "metadata" not in envelope.model_dump()


def test_metadata_are_kept_those_too_that_nobody_here_knows() -> None:
    envelope = Envelope(**REQUIREMENT, version=2, metadata={**TRACED, "of_a_later_version": "x"})
    assert from_json(to_json(envelope)) == envelope
    assert envelope.model_dump()["metadata"] == {**TRACED, "of_a_later_version": "x"}
    kind = EVENT_TYPES["ReclamationAffectee"]
    assert Draft202012Validator(schema_of(kind)).is_valid(json.loads(to_json(envelope)))


@pytest.mark.parametrize(
    "metadata",
    [
        {"tracestate": "x" * 513},
        {"n" * 65: "x"},
        {str(number): "x" for number in range(9)},
        {"traceparent": None},
        {"traceparent": {"x": 1}},
    ],
)
def test_metadata_are_few_short_texts(metadata: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError, match="metadata"):
        from_json(json.dumps({**REQUIREMENT, "version": 2, "metadata": metadata}))
