"""The routes of a service: what its app registers, and whom the table of roles lets in."""

from functools import cache

from handlers.access import ALLOWED, ROLES, is_open
from handlers.service_app import Operation, ServiceApp
from handlers.standard_routes import add_standard_routes
from local.pages.markdown import code, listed, table
from local.pages.subjects import Subject


def routes(subject: Subject) -> str:
    """A table of the service's own routes, and a line for those that every service has."""
    app = subject.app()
    if app is None:
        return "None: it is invoked, not called."
    standard = standard_paths()
    own = [operation for operation in app.operations if operation.path not in standard]
    head = ("Route", "What it does", "Answers", "Who may")
    return f"{table(head, [_row(app, operation) for operation in own])}\n\nAs every service: {listed(standard)}."


@cache
def standard_paths() -> tuple[str, ...]:
    """The paths that every service has."""
    app = ServiceApp("any", title="", description="")
    add_standard_routes(app, dependencies=dict)
    return tuple(operation.path for operation in app.operations)


def who(method: str, path: str) -> str:
    """The roles that may use a route, with its base path, as the page names them."""
    if is_open(method, path):
        return "everybody"
    allowed = ALLOWED.get((method, path), frozenset())
    # What a customer may at all is what is theirs: the table has no other yes for them.
    names = {role: "customer (own)" if role == "customer" else role for role in ROLES}
    return ", ".join(names[role] for role in ROLES if role in allowed) or "nobody"


def _row(app: ServiceApp, operation: Operation) -> tuple[str, ...]:
    allowed = who(operation.method, app.base_path + operation.path)
    return code(f"{operation.method} {operation.path}"), operation.summary, str(operation.status), allowed
