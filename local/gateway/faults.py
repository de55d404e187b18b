"""The faults that were asked for, around the requests of the functions that they are meant for."""

from collections.abc import Callable, Iterable
from urllib.parse import quote

from local.apigateway.requests import Receive, Scope, Send
from local.apigateway.router import NoRouteError, Router, WrongMethodError
from local.apigateway.serving import Application, InheritedSocketServer
from local.faults.process import faults_of_this_process
from local.template import Function


def with_faults(
    application: Application,
    functions: Iterable[Function],
    server: Callable[[], InheritedSocketServer],
    *,
    strip_base_path: bool,
) -> Application:
    """The application with the faults of each of these functions around its requests; itself where there are none."""
    routes = [
        (route.method, function.local_path(route) if strip_base_path else route.path, wrapped)
        for function in functions
        if (wrapped := faults_of_this_process(function.name, "environment").around_application(application, server))
        is not application
        for route in function.routes
        if route.path.startswith("/")
    ]
    return _ByRoute(application, Router(routes)) if routes else application


class _ByRoute:
    def __init__(self, application: Application, router: Router[Application]) -> None:
        self._application = application
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            path = scope.get("raw_path") or quote(scope["path"]).encode()
            answering = self._router.match(scope["method"], path.decode("latin-1")).target
        except (NoRouteError, WrongMethodError):
            answering = self._application
        await answering(scope, receive, send)
