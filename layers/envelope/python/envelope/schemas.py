"""JSON Schemas of the events, made from their pydantic models. `python -m envelope.schemas DIRECTORY` writes them."""

import json
import sys
from pathlib import Path
from typing import Any

from envelope.catalogue import EVENT_TYPES, EventType
from envelope.model import Envelope


def schema_of(kind: EventType) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one event type: the envelope with that type's `data`."""
    envelope = Envelope.model_json_schema(mode="serialization")
    payload = kind.payload.model_json_schema(mode="serialization")
    definitions = {**envelope.pop("$defs", {}), **payload.pop("$defs", {}), kind.name: payload}
    properties = {
        **envelope["properties"],
        "event_type": {"const": kind.name, "type": "string"},
        "schema_version": {"const": kind.schema_version, "type": "integer"},
        "data": {"$ref": f"#/$defs/{kind.name}"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **envelope,
        "title": kind.name,
        "properties": properties,
        # What the requirement names is required; the rest has defaults.
        "required": ["event_id", "event_type", "aggregate_id", "data", "timestamp", "correlation_id", "version"],
        "$defs": dict(sorted(definitions.items())),
    }


def file_name(kind: EventType) -> str:
    """`ReclamationCreee.v1.json`"""
    return f"{kind.name}.v{kind.schema_version}.json"


def write_schemas(directory: Path) -> list[Path]:
    """Write one file an event type and return their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in EVENT_TYPES.values():
        path = directory / file_name(kind)
        path.write_text(json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    for written_path in write_schemas(Path(sys.argv[1])):
        print(written_path)
