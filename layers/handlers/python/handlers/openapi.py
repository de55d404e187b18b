"""The OpenAPI 3.1 description of a service, made from its operations and their pydantic models."""

import re
from typing import Any

from pydantic import BaseModel

from handlers.problems import CONTENT_TYPE
from handlers.service_app import Operation, ServiceApp

_REF = "#/components/schemas/{model}"
_PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "correlation_id", "error"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "correlation_id": {"type": "string"},
        "error": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def describe(app: ServiceApp) -> dict[str, Any]:
    """The whole document."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM_SCHEMA}
    paths: dict[str, dict[str, Any]] = {}
    for operation in app.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": app.title, "description": app.description, "version": "1"},
        "servers": [{"url": app.public_path("") or "/"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": [
            *_path_parameters(operation.path),
            *_query_parameters(operation.query),
            *_header_parameters(operation.headers),
        ],
        "responses": {
            str(operation.status): _success(operation, schemas),
            "default": {"description": "A problem", "content": {CONTENT_TYPE: {"schema": _ref("Problem")}}},
        },
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(operation.body, schemas, "validation")}},
        }
    return described


def _success(operation: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    if operation.response is None:
        return {"description": operation.summary}
    schema = _schema(operation.response, schemas, "serialization")
    return {"description": operation.summary, "content": {"application/json": {"schema": schema}}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(mode="validation")
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in schema["properties"].items()
    ]


def _header_parameters(names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{"name": name, "in": "header", "required": False, "schema": {"type": "string"}} for name in names]


def _schema(model: type[BaseModel], schemas: dict[str, Any], mode: Any) -> dict[str, str]:
    schema = model.model_json_schema(mode=mode, ref_template=_REF)
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    return _ref(model.__name__)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": _REF.format(model=name)}
