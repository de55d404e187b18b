"""The command and the gateway as processes of their own, where nothing is importable that they do not see to."""

import json
import subprocess
import sys
from pathlib import Path

from local.supervisor.plan import Urls
from tests.integration.emulator_process import ROOT, ask, end, listening, port_of, start
from tests.integration.parked.parked_world import AUDIT, World


def test_the_gateway_of_the_projects_template_tells_what_is_parked(world: World, tmp_path: Path) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT)
    parameters = Urls(world.url, "mongodb://x", "postgresql://x", "smtp://x", "http://127.0.0.1:9/sms").as_parameters()
    variables = {"RECOURS_PARAMETERS": json.dumps(parameters)}
    with listening() as front:
        arguments = ["--template", str(ROOT / "template.yaml"), "--fd", str(front.fileno())]
        gateway = start("local.gateway", arguments, [front], variables, tmp_path / "log")
        try:
            page, parked = ask(port_of(front), "/"), ask(port_of(front), "/parked")
        finally:
            code = end(gateway)
    assert "Événements mis de côté" in page.body.decode()
    assert parked.status == 200, (tmp_path / "log").read_text()
    assert parked.json()["by_group"] == {AUDIT: 1}
    assert code == 0


def test_the_command_tells_what_is_parked(world: World) -> None:
    world.append("claim_1")
    world.park("claim_1", AUDIT)
    command = [sys.executable, "-m", "local", "parked", "list", "--json", "--data", str(world.data)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["by_group"] == {AUDIT: 1}
