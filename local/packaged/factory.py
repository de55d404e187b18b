"""What runs packages: built and found once by `prepare`, started as often as is needed by `packaged_factory`'s."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from local.packaged.command import packaged_command
from local.packaged.environment import PackagedEnvironment
from local.packaged.interface_client import install_interface_client
from local.packaged.layout import Layout, unpack
from local.packaged.pythons import find_python
from local.packaged.runtime_api import RuntimeApi
from local.packaged.variables import environment_variables
from local.packaging.building import build
from local.packaging.manifest import Manifest, read_manifest
from local.packaging.places import WHEELS
from local.packaging.target import architecture_here, macos_here
from local.paths import DEFAULT_DATA
from local.supervisor.logs import open_log
from local.template import Function

INTERFACE_CLIENTS = DEFAULT_DATA / "awslambdaric"


def prepare(template: Path, dist: Path, tell: Callable[[str], None]) -> Manifest:
    """Pack the template's functions for this machine into `dist`, and see that all is there to run them.

    Takes some seconds each time, and the network the first time. What did not change is not written again. Raises
    TemplateError, PackagingError, PackagedError, OSError.
    """
    manifest = build(template, dist, WHEELS, tell, architecture=architecture_here(), macos=macos_here())
    for version in sorted({package.python for package in manifest.packages if package.kind == "function"}):
        install_interface_client(find_python(version), version, INTERFACE_CLIENTS, tell)
    return manifest


def packaged_factory(function: Function, dist: Path, variables: Mapping[str, str]) -> "PackagedEnvironments":
    """What starts environments of a function from the packages in `dist`, which `prepare` has filled.

    `variables` are this process's: what little of them a packaged function gets. Raises PackagingError,
    PackagedError, OSError.
    """
    manifest = read_manifest(dist)
    package = manifest.package(function.name)
    program = find_python(package.python)
    client = install_interface_client(program, package.python, INTERFACE_CLIENTS, lambda _: None)
    layout = unpack(manifest, package, dist)
    return PackagedEnvironments(function, program, package.python, layout, client, variables)


class PackagedEnvironments:
    """An EnvironmentFactory."""

    def __init__(
        self,
        function: Function,
        program: Path,
        python: str,
        layout: Layout,
        interface_client: Path,
        variables: Mapping[str, str],
    ) -> None:
        self._function = function
        self._program = program
        self._python = python
        self._layout = layout
        self._interface_client = interface_client
        self._variables = dict(variables)

    def __call__(self, name: str, log_file: Path) -> PackagedEnvironment:  # noqa: ARG002
        """See EnvironmentFactory. The process dies with the thread that calls this."""
        function, layout, client = self._function, self._layout, self._interface_client
        api = RuntimeApi(function.name, function.timeout_s)
        try:
            with open_log(log_file) as log:
                process = subprocess.Popen(
                    packaged_command(self._program, self._python, layout, client, function.handler),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=layout.task,
                    env=environment_variables(function, layout, self._python, client, api.address, self._variables),
                    start_new_session=True,  # Ctrl-C reaches the parent alone, which lets the invocation finish
                )
        except OSError:
            api.close()
            raise
        return PackagedEnvironment(process, api, function.timeout_s)
