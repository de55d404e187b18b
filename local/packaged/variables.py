"""The environment variables of a packaged function: Lambda's, the template's, and nothing else of this machine."""

import os
from collections.abc import Mapping
from pathlib import Path

from local.environment.prepare import lambda_variables, role_variables
from local.packaged.layout import Layout
from local.template import Function

# A service's metrics are summed over its processes; certificates and libraries stand where the machine has them.
_INHERITED = ("LD_LIBRARY_PATH", "PROMETHEUS_MULTIPROC_DIR", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR")


def environment_variables(
    function: Function, layout: Layout, python: str, interface_client: Path, api: str, machine: Mapping[str, str]
) -> dict[str, str]:
    """What the process gets. `api` is the Runtime API's `host:port`, `machine` this process's variables.

    Source: "Defined runtime environment variables" in the Lambda guide.
    """
    inherited = {name: machine[name] for name in _INHERITED if name in machine}
    libraries = [str(layout.opt / "lib"), str(layout.task / "lib"), str(layout.task), inherited.get("LD_LIBRARY_PATH")]
    return {
        **inherited,
        **role_variables(machine),
        **lambda_variables(function),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{python}",
        "AWS_LAMBDA_RUNTIME_API": api,
        "LAMBDA_RUNTIME_DIR": str(interface_client),
        "LAMBDA_TASK_ROOT": str(layout.task),
        "LANG": "en_US.UTF-8",
        "LD_LIBRARY_PATH": os.pathsep.join(folder for folder in libraries if folder),
        "PATH": os.pathsep.join(["/usr/local/bin", "/usr/bin", "/bin", str(layout.opt / "bin")]),
        **function.environment,
    }
