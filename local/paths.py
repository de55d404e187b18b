"""Where things stand: in the repository, and below the data directory of a running system."""

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_DATA = ROOT / ".recours"
DEFAULT_TEMPLATE = ROOT / "template.yaml"


@dataclass(frozen=True)
class DataDirectory:
    """One running system's directory: the servers' data, the logs, and who runs."""

    path: Path

    @property
    def run(self) -> Path:
        """What describes the running system; worthless once it is down."""
        return self.path / "run"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def mail(self) -> Path:
        return self.path / "mail"

    @property
    def recorded(self) -> Path:
        """Fixtures of what functions were invoked with."""
        return self.path / "recorded"

    @property
    def state_file(self) -> Path:
        return self.run / "state.json"

    @property
    def environments_file(self) -> Path:
        """The gateway's own: which execution environments there are."""
        return self.run / "environments.json"

    @property
    def gateway_file(self) -> Path:
        """Where the gateway leaves word that its functions are loaded."""
        return self.run / "gateway.json"

    @property
    def lock_file(self) -> Path:
        return self.run / "supervisor.lock"

    def log_file(self, process_name: str) -> Path:
        return self.logs / f"{process_name}.log"

    def metrics(self, service: str) -> Path:
        """The directory that all processes of one service write their Prometheus samples to."""
        return self.run / "metrics" / service


def put_layers_on_path() -> None:
    """Make the layers importable as Lambda does: `layers/<name>/python` is on `sys.path`."""
    for folder in sorted(ROOT.glob("layers/*/python")):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
