"""`lab6`: how the simulated order and customer services are, and have them be otherwise."""

import argparse
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from local.cli.errors import CommandError
from local.cli.lab6_options import SERVICES
from local.state import data_directory, running_state

if TYPE_CHECKING:
    from local.lab6.faults import Faults


def command(given: argparse.Namespace) -> int:
    """Tell how the services are, after what was asked for is done."""
    from local.lab6.control import ControlError, faults_of, set_faults
    from local.lab6.faults import Faults

    urls = _urls(given)
    try:
        if given.action == "status":
            found = {name: faults_of(url) for name, url in urls.items()}
        else:
            asked = {"mode": given.action} | ({} if given.delay_ms is None else {"delay_ms": given.delay_ms})
            named = [given.service] if given.service else SERVICES
            found = {name: set_faults(urls[name], Faults.model_validate(asked)) for name in named}
    except ControlError as error:
        raise CommandError(f"{error}: see ./recours status") from error
    print(_json(urls, found) if given.action == "status" and given.json else line(found))
    return 0


def line(faults: Mapping[str, "Faults"]) -> str:
    """How each service is, in one line: `orders slow (3000 ms), customers up`."""
    return ", ".join(f"{name} {_words(each)}" for name, each in faults.items())


def _words(faults: "Faults") -> str:
    return f"slow ({faults.delay_ms} ms)" if faults.mode == "slow" else faults.mode


def _json(urls: Mapping[str, str], faults: Mapping[str, "Faults"]) -> str:
    return json.dumps({name: {"url": urls[name], **each.model_dump()} for name, each in faults.items()})


def _urls(given: argparse.Namespace) -> dict[str, str]:
    """Where the simulated services are. Raises CommandError where there are none."""
    state = running_state(data_directory(given.data))
    if state is None:
        raise CommandError(f"nothing is up in {given.data}, so start it: ./recours up --detach")
    if not state.urls:
        raise CommandError(f"the system in {given.data} is {state.phase}: try again once it is up")
    if not any(record.name == "lab6" for record in state.processes):
        raise CommandError(
            f"the system in {given.data} does not simulate Lab 6: "
            "it was started with --no-lab6 or with ORDER_SERVICE_URL"
        )
    return {name: state.urls[name] for name in SERVICES}
