"""API Gateway and Lambda in one process, on sockets that it inherited."""

import asyncio
import signal
from collections.abc import Mapping
from urllib.parse import urlsplit

import uvloop

from local.apigateway.application import ApiGateway
from local.apigateway.serving import Application, InheritedSocketServer, inherited
from local.auth.lambda_keys import laptop_keys
from local.environment.log import log
from local.environment.settings import parameters_from_environment, template_from
from local.gateway.application import ByPort, PortApplication
from local.gateway.console import Console
from local.gateway.faults import with_faults
from local.gateway.functions import functions_of, recorded_functions, skipped_authorizers
from local.gateway.guard import guard_of
from local.gateway.mount import Mount
from local.gateway.services import read_services
from local.gateway.settings import GATEWAY, Settings, parse_settings
from local.invokeapi.api import InvokeApi
from local.invokeapi.asynchronous.queue import AsynchronousInvocations
from local.invokeapi.asynchronous.store import StoreError
from local.invokeapi.signatures import Signatures
from local.packaged.errors import PackagedError
from local.packaging.errors import PackagingError
from local.runtime.contract import InitFailedError, UnavailableError
from local.runtime.invoker import GatewayInvoker
from local.runtime.records import RecordFile
from local.runtime.service import FunctionService
from local.supervisor.announcement import announce
from local.supervisor.sockets import port_of
from local.template import Template, TemplateError

# Beside what the server gives a request in flight; together they end within five seconds of SIGTERM.
_CLOSE_GRACE_S = 0.5


class Process:
    """The sockets, the applications on them, and the functions behind, wired together."""

    def __init__(self, settings: Settings, template: Template) -> None:
        self._settings = settings
        self._template = template
        self._sockets = {name: inherited(fd) for name, fd in settings.listeners.items()}
        self._ports = {name: port_of(listener) for name, listener in self._sockets.items()}
        self._records = RecordFile(settings.data.environments_file, self._ports)
        self._service = functions_of(settings, template, self._records)
        self._functions = recorded_functions(settings, self._service)
        self._queue = self._open_queue()
        # The first start tells what is wrong by failing. A later one goes on: one function that somebody is mending, or
        # whose process was killed at this moment, must not keep all the others away.
        self._was_announced = settings.announcement is not None and settings.announcement.exists()
        self._server = InheritedSocketServer(ByPort(self._applications()), *self._sockets.values())

    async def run(self) -> int:
        """Serve until SIGTERM or SIGINT. Returns 0, or 1 where a function cannot be loaded."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._server.stop)
        serving = asyncio.create_task(self._server.serve())
        try:
            return await self._start_and_serve(self._service, serving)
        finally:
            self._server.stop()
            await serving
            if self._queue is not None:
                await self._queue.close(_CLOSE_GRACE_S)
            await self._service.close(_CLOSE_GRACE_S)

    async def _start_and_serve(self, functions: FunctionService, serving: "asyncio.Task[None]") -> int:
        starting = asyncio.create_task(functions.start())
        await asyncio.wait({starting, serving}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return 0
        try:
            starting.result()
        except (InitFailedError, UnavailableError) as error:
            log("error", "the functions cannot be started", reason=str(error))
            if not self._was_announced:
                return 1
        self._records.write()
        if self._queue is not None:
            self._queue.start()
        if self._settings.announcement is not None:
            announce(self._settings.announcement)
        await serving
        return 0

    def _applications(self) -> dict[int, Application]:
        return {self._ports[name]: self._application(name) for name in self._sockets}

    def _application(self, name: str) -> Application:
        is_gateway = name == GATEWAY
        functions = [one for one in self._template.functions if one.routes and (is_gateway or one.service == name)]
        api = ApiGateway(
            self._template,
            functions,
            GatewayInvoker(self._functions),
            strip_base_path=not is_gateway,
            skipped_authorizers=skipped_authorizers(self._settings, self._template),
        )
        application = PortApplication(api, self._mounts() if is_gateway else [])
        return with_faults(application, functions, lambda: self._server, strip_base_path=not is_gateway)

    def _mounts(self) -> list[Mount]:
        assert self._queue is not None  # where the gateway is listened for
        return [self._console(), InvokeApi(self._template, self._functions, self._queue, self._signatures())]

    def _signatures(self) -> Signatures | None:
        """Who asks for tokens asks for signatures too: the Lambda API goes past every authorizer."""
        if not self._settings.obeys_skippable_authorizers:
            return None
        keys = laptop_keys(self._settings.data)
        return Signatures({keys.access_key_id: keys.secret_access_key})

    def _open_queue(self) -> AsynchronousInvocations | None:
        """Events that are invoked later; a service alone on its port has no Invoke API to take them."""
        if GATEWAY not in self._settings.listeners:
            return None
        folder = self._settings.data.path / "asynchronous"
        return AsynchronousInvocations(
            folder,
            self._template,
            self._functions,
            written={function.name: function.event_invoke for function in self._template.functions},
        )

    def _console(self) -> Console:
        parameters = parameters_from_environment()
        services = read_services(self._template, self._ports)
        skipped = skipped_authorizers(self._settings, self._template)
        guard = guard_of(self._template, skipped, GatewayInvoker(self._functions))
        return Console(self._template, services, _mail_url(parameters), parameters.get("RedisUrl") or None, guard)


def main() -> int:
    """Serve; 1 where the template cannot be read or a function cannot be loaded."""
    settings = parse_settings()
    for folder in (settings.data.logs, settings.data.run):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        process = Process(settings, template_from(settings.template))
    except TemplateError as error:
        log("error", "the template cannot be run", reason=str(error))
        return 1
    except StoreError as error:
        log("error", "the queue of events cannot be opened", reason=str(error))
        return 1
    except (PackagingError, PackagedError) as error:
        log("error", "the packages cannot be run", reason=str(error))
        return 1
    return uvloop.run(process.run())


def _mail_url(parameters: Mapping[str, str]) -> str | None:
    """Where the mail catcher's page stands: it is what takes the text messages, at `SmsUrl`."""
    parts = urlsplit(parameters.get("SmsUrl", ""))
    return f"{parts.scheme}://{parts.netloc}/" if parts.netloc else None
