"""The OpenAPI 3.1 description of a service, made from its operations and their pydantic models."""

import re
from typing import Any

from pydantic import BaseModel

from handlers.access import ALLOWED, ROLES, is_open
from handlers.callers import is_auth_required
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

_BEARER = "bearer"
_SECURITY_SCHEMES = {
    _BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Its `role` says what it opens"}
}


def describe(app: ServiceApp) -> dict[str, Any]:
    """The whole document; with who may do what where callers must be known."""
    schemas: dict[str, Any] = {"Problem": _PROBLEM_SCHEMA}
    components: dict[str, Any] = {"schemas": schemas}
    if is_auth_required():
        components["securitySchemes"] = _SECURITY_SCHEMES
    paths: dict[str, dict[str, Any]] = {}
    for operation in app.operations:
        described = _operation(operation, schemas)
        if is_auth_required():
            _add_security(described, operation.method, app.base_path + operation.path)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": app.title, "description": app.description, "version": "1"},
        "servers": [{"url": app.public_path("") or "/"}],
        "paths": paths,
        "components": components,
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
            "default": _problem("A problem"),
        },
    }
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _schema(operation.body, schemas, "validation")}},
        }
    return described


def _add_security(described: dict[str, Any], method: str, path: str) -> None:
    """Tell that a token is needed, and of whom; nothing of a route that is open to all."""
    if is_open(method, path):
        return
    allowed = ALLOWED.get((method, path), frozenset())
    described["security"] = [{_BEARER: []}]
    described["description"] = f"For the roles {', '.join(role for role in ROLES if role in allowed)}."
    described["responses"] |= {"401": _problem("No token, or none that is valid"), "403": _problem("Not for this role")}


def _problem(description: str) -> dict[str, Any]:
    return {"description": description, "content": {CONTENT_TYPE: {"schema": _ref("Problem")}}}


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
