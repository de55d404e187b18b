"""The routes that every service has: health, readiness, metrics and its own description."""

from collections.abc import Callable, Mapping

from chalice import Response

from handlers import docs_page
from handlers.callers import is_auth_required
from handlers.openapi import describe
from handlers.responses import json_response
from handlers.service_app import ServiceApp
from metrics import exposition
from metrics.logs import logger

Check = Callable[[], None]


def add_standard_routes(
    app: ServiceApp,
    dependencies: Callable[[], Mapping[str, Check]],
    before_metrics: Callable[[], None] = lambda: None,
) -> None:
    """Register them. `dependencies` names what the service needs, each a check that raises when it is down.

    `before_metrics` measures what is known only by looking, each time the metrics are asked for.
    """

    @app.operation("GET", "/health", summary="The process is up")
    def health() -> Response:
        return json_response({"status": "healthy", "service": app.service})

    @app.operation("GET", "/health/ready", summary="Every dependency answers; 503 if one does not")
    def ready() -> Response:
        return _readiness(app.service, dependencies())

    @app.operation("GET", "/metrics", summary="Prometheus metrics")
    def metrics() -> Response:
        before_metrics()
        told = exposition.render(app.header("Accept") or "")
        return Response(told.text, {"Content-Type": told.content_type}, 200)

    @app.operation("GET", "/openapi.json", summary="This description")
    def openapi() -> Response:
        return json_response(describe(app))

    @app.operation("GET", "/docs", summary="Swagger UI")
    def docs() -> Response:
        return Response(docs_page.page(app.title), {"Content-Type": "text/html; charset=utf-8"}, 200)

    @app.operation("GET", "/docs/{asset}", summary="A file of Swagger UI")
    def docs_asset(asset: str) -> Response:
        text, content_type = docs_page.asset(asset)
        return Response(text, {"Content-Type": content_type, "Cache-Control": "max-age=86400"}, 200)


def _readiness(service: str, checks: Mapping[str, Check]) -> Response:
    failures = {name: _failure(name, check) for name, check in checks.items()}
    states = {name: _state(why) for name, why in failures.items()}
    down = any(failures.values())
    body = {"status": "not ready" if down else "ready", "service": service, "dependencies": states}
    return json_response(body, 503 if down else 200, {"Retry-After": "1"} if down else None)


def _state(why: str | None) -> dict[str, str]:
    # Whoever asks is told, and a reason may name what stands inside: then it stands in the log alone.
    if why is None or is_auth_required():
        return {"status": "up" if why is None else "down"}
    return {"status": "down", "reason": why}


def _failure(name: str, check: Check) -> str | None:
    try:
        check()
    except Exception as error:  # noqa: BLE001 (any failure means: not ready, and is told)
        logger.warning("dependency down", extra={"dependency": name, "error": str(error)})
        return str(error) or type(error).__name__
    return None
