"""The command and the gateway as processes of their own, where nothing is importable that they do not see to."""

import json
import subprocess
import sys
from pathlib import Path

from local.supervisor.plan import Urls
from tests.integration.emulator_process import ROOT
from tests.integration.gateway.gateway_process import Gateway
from tests.integration.parked.parked_world import AUDIT, World


def test_the_gateway_of_the_projects_template_tells_what_is_parked(world: World, tmp_path: Path) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT)
    parameters = Urls(world.url, "mongodb://x", "postgresql://x", "smtp://x", "http://127.0.0.1:9/sms").as_parameters()
    gateway = Gateway(ROOT / "template.yaml", tmp_path / "data")
    gateway.start("--processes-max", "1", listen=(), **parameters)
    try:
        page, parked = gateway.ask("/"), gateway.ask("/parked")
        gateway.wait_ready()
    finally:
        gateway.close()
    assert "Événements mis de côté" in page.body.decode()
    assert parked.status == 200, gateway.log_file.read_text()
    assert parked.json()["by_group"] == {AUDIT: 1}


def test_the_command_tells_what_is_parked(world: World) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT)
    command = [sys.executable, "-m", "local", "parked", "list", "--json", "--data", str(world.data)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["by_group"] == {AUDIT: 1}
