"""The README's first claim, typed as it stands there."""

import json
import re
import shlex
import subprocess
import time
from typing import Any

import httpx

from local.paths import ROOT
from tests.system import RunningSystem, eventually, recours_command

PORTS = {
    "8101": "claims",
    "8102": "notification",
    "8103": "audit",
    "8105": "query",
    "8106": "event_store",
    "8107": "integration",
    "8025": "mail",
}
SETTLED_SECONDS = 3
ENRICHED_SECONDS = 10  # a sixth of what the schedule would take


def blocks(section: str) -> list[str]:
    """The shell commands of one section."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def on(system: RunningSystem, commands: str) -> str:
    """The commands without `up`, with this system's ports and directory."""
    commands = re.sub(r"^\./recours up.*$", "", commands, flags=re.MULTILINE)
    recours = f"cd {shlex.quote(str(ROOT))} && {shlex.join(recours_command())}"
    commands = re.sub(
        r"^\./recours ([a-z0-9]+ [a-z]+)(.*)$",
        lambda typed: f"({recours} {typed[1]} --data {shlex.quote(str(system.data))}) >&2 {typed[2]}",
        commands,
        flags=re.MULTILINE,
    )
    commands = re.sub(
        r"^\./recours (top|logs|verify)( --[^#\n]*?)? *(#.*)?$",
        lambda typed: f"({recours} {typed[1]}{typed[2] or ''} --data {shlex.quote(str(system.data))})",
        commands,
        flags=re.MULTILINE,
    )
    return re.sub(r"localhost:(\d+)", lambda port: system.url(PORTS[port[1]]).removeprefix("http://"), commands)


def test_the_first_claim_goes_as_the_readme_says(system: RunningSystem) -> None:
    create, live, look = blocks("A first claim")
    # One answer a line, for this test alone.
    look = re.sub(r"^(curl .*?)( *#.*)?$", r"\1; echo", look, flags=re.MULTILINE)
    script = on(system, f"{create}\n{live}\nsleep {SETTLED_SECONDS}\n{look}")
    started = time.monotonic()
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert time.monotonic() - started < 30
    answers: list[Any] = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    commands, (claim, search, dashboard, replay, audit, notifications, mails) = answers[:5], answers[5:]
    assert [answer["status"] for answer in commands] == ["created", "assigned", "in_progress", "resolved", "closed"]
    claim_id = commands[0]["claim_id"]
    assert (claim["claim_id"], claim["status"], len(claim["history"])) == (claim_id, "closed", 5)
    assert claim_id in [found["claim_id"] for found in search["claims"]]
    assert dashboard["summary"]["closed_claims"] >= 1
    assert (replay["events_count"], replay["reconstructed_state"]["status"]) == (5, "closed")
    assert audit["count"] == 5
    assert [one["status"] for one in notifications["notifications"]] == ["sent"] * 5
    assert "aline@example.com" in [to for mail in mails["messages"] for to in mail["to"]]


def test_it_is_watched_as_the_readme_says(system: RunningSystem) -> None:
    create, live, _ = blocks("A first claim")
    [watch] = blocks("Watch it")
    script = on(system, f"exec 3>&1 >/dev/null\n{create}\n{live}\nsleep {SETTLED_SECONDS}\nexec >&3\necho $id\n{watch}")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=False)
    claim_id, *shown = done.stdout.splitlines()
    assert claim_id.startswith("claim_"), done.stderr
    assert any(line.startswith("claims created") for line in shown)
    of_claim = [line.split()[2] for line in shown if claim_id in line]
    told = {process.partition("-")[0] for process in of_claim}
    assert {"claims", "notification", "audit", "projection", "event_store"} <= told
    assert done.returncode == 0, done.stdout


def test_a_claim_about_an_order_goes_as_the_readme_says(system: RunningSystem) -> None:
    [commands] = blocks("A claim about an order")
    try:
        done = subprocess.run(
            ["bash", "-c", on(system, commands)], capture_output=True, text=True, timeout=60, check=False
        )
    finally:
        subprocess.run([*recours_command("lab6", "up"), "--data", str(system.data)], cwd=ROOT, check=True)
    integrated, degraded, back = (json.loads(line) for line in done.stdout.splitlines())
    assert (integrated["integration_status"], integrated["order_context"]["customer_id"]) == ("success", "cust_12345")
    assert (degraded["integration_status"], degraded["order_context"]["source"]) == ("degraded", "simulated")
    assert back["integration_status"] == "success"
    url = f"{system.url('query')}/claims/{degraded['claim_id']}"
    claim = eventually(lambda: httpx.get(url).json(), lambda found: bool(found.get("enriched_at")), ENRICHED_SECONDS)
    assert claim["customer_id"] == "cust_12345"
