"""The events' published schemas: they are those of the code, and they only ever grew."""

import json
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from envelope.catalogue import EVENT_TYPES, EventType
from envelope.schemas import file_name, schema_of
from tests.contract.schema_compatibility import Schema, incompatibilities

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT / "events" / "schemas"

every_type = pytest.mark.parametrize("kind", EVENT_TYPES.values(), ids=EVENT_TYPES.keys())


def published(kind: EventType) -> Schema:
    schema: Schema = json.loads((PUBLISHED / file_name(kind)).read_text(encoding="utf-8"))
    return schema


@every_type
def test_the_code_makes_no_change_that_breaks_what_is_published(kind: EventType) -> None:
    changes = incompatibilities(published(kind), schema_of(kind))
    assert not changes, "a new schema version with an upcaster is needed:\n" + "\n".join(changes)


@every_type
def test_what_is_published_is_what_the_code_says(kind: EventType) -> None:
    assert published(kind) == schema_of(kind), "run `python -m envelope.schemas events/schemas`"


@every_type
def test_every_version_that_was_ever_committed_still_holds(kind: EventType) -> None:
    path = f"events/schemas/{file_name(kind)}"
    for commit in _git("log", "--format=%H", "--diff-filter=AM", "--", path).split():
        changes = incompatibilities(json.loads(_git("show", f"{commit}:{path}")), schema_of(kind))
        assert not changes, f"against commit {commit}:\n" + "\n".join(changes)


def test_a_published_file_is_never_taken_away() -> None:
    committed = _git("log", "--format=", "--name-only", "--diff-filter=A", "--", "events/schemas").split()
    assert [name for name in committed if not (ROOT / name).exists()] == []


@every_type
def test_a_published_schema_is_a_json_schema(kind: EventType) -> None:
    Draft202012Validator.check_schema(published(kind))


def _git(*arguments: str) -> str:
    """The history as this copy has it; none outside of a repository."""
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no git history to compare with: {done.stderr.strip()}")
    return done.stdout


# The checker itself


def _payload(schema: Schema) -> Schema:
    found: Schema = schema["$defs"]["ReclamationCreee"]
    return found


def _remove(schema: Schema) -> None:
    del _payload(schema)["properties"]["product_id"]


def _rename(schema: Schema) -> None:
    properties = _payload(schema)["properties"]
    properties["product"] = properties.pop("product_id")


def _require(schema: Schema) -> None:
    _payload(schema)["required"].append("channel")


def _add_required(schema: Schema) -> None:
    _payload(schema)["properties"]["country"] = {"type": "string"}
    _payload(schema)["required"].append("country")


def _no_longer_require(schema: Schema) -> None:
    _payload(schema)["required"].remove("description")


def _retype(schema: Schema) -> None:
    _payload(schema)["properties"]["description"]["type"] = "integer"


def _shorten(schema: Schema) -> None:
    _payload(schema)["properties"]["description"]["maxLength"] = 100


def _narrow(schema: Schema) -> None:
    _payload(schema)["properties"]["claim_type"]["enum"].pop()


def _another_default(schema: Schema) -> None:
    _payload(schema)["properties"]["urgency"]["default"] = "high"


def _close(schema: Schema) -> None:
    _payload(schema)["additionalProperties"] = False


def _never_null(schema: Schema) -> None:
    _payload(schema)["properties"]["order_id"]["anyOf"].pop()


def _deep_in_the_order(schema: Schema) -> None:
    del schema["$defs"]["OrderItem"]["properties"]["quantity"]


def _envelope_field(schema: Schema) -> None:
    del schema["properties"]["correlation_id"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (_remove, "event.data.product_id"),
        (_rename, "event.data.product_id"),
        (_require, "event.data.channel"),
        (_add_required, "event.data.country"),
        (_no_longer_require, "event.data.description"),
        (_retype, "event.data.description"),
        (_shorten, "event.data.description"),
        (_narrow, "event.data.claim_type"),
        (_another_default, "event.data.urgency"),
        (_close, "event.data"),
        (_never_null, "event.data.order_id"),
        (_deep_in_the_order, "event.data.order.anyOf[0].items[].quantity"),
        (_envelope_field, "event.correlation_id"),
    ],
)
def test_a_change_that_breaks_somebody_is_found(change: Callable[[Schema], None], where: str) -> None:
    before = published(EVENT_TYPES["ReclamationCreee"])
    after = deepcopy(before)
    change(after)
    [found] = incompatibilities(before, after)
    assert found.startswith(f"{where}: ")


def test_a_field_that_need_not_be_there_may_be_added_anywhere() -> None:
    before = published(EVENT_TYPES["ReclamationCreee"])
    after = deepcopy(before)
    new: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    _payload(after)["properties"]["country"] = new
    after["$defs"]["OrderItem"]["properties"]["colour"] = new
    after["properties"]["tenant"] = new
    assert incompatibilities(before, after) == []


def test_what_is_said_to_people_may_change() -> None:
    before = published(EVENT_TYPES["ReclamationCreee"])
    after = deepcopy(before)
    _payload(after)["description"] = "Said better."
    after["$defs"]["Order"] = after["$defs"].pop("OrderContext")
    renamed = json.loads(json.dumps(after).replace("#/$defs/OrderContext", "#/$defs/Order"))
    assert incompatibilities(before, renamed) == []
