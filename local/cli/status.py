"""`status`: every process of the running system."""

import argparse
import json
from dataclasses import replace

from local.faults.settings import now_injected
from local.state import ProcessRecord, data_directory, running_state


def command(given: argparse.Namespace) -> int:
    """Print the processes as a table or as JSON; return 1 when nothing is up."""
    data = data_directory(given.data)
    state = running_state(data)
    records = [] if state is None else [checked(record) for record in state.processes]
    if given.json:
        print(json.dumps([_shown(record) for record in records]))
    elif state is None:
        print(f"Nothing is up in {data.path}.")
    else:
        print(f"Recours is {'up' if state.phase == 'ready' else state.phase} (supervisor {state.pid}).")
        print("\n".join(table(records)))
        if (faults := now_injected(data.run)) is not None:
            print(f"Faults are injected: {faults}")
    return 0 if state is not None else 1


def checked(record: ProcessRecord) -> ProcessRecord:
    """Return the record as it is now: the supervisor may not have noticed a death yet."""
    return record if record.pid is None or record.is_alive() else replace(record, pid=None, state="dead")


def table(records: list[ProcessRecord]) -> list[str]:
    """Return the lines of a table, its head first."""
    rows = [("NAME", "KIND", "PID", "PORT", "STATE", "RESTARTS")]
    rows += [(r.name, r.kind, str(r.pid or "-"), str(r.port or "-"), r.state, str(r.restarts)) for r in records]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _shown(record: ProcessRecord) -> dict[str, object]:
    names = ("name", "kind", "pid", "port", "state", "restarts")
    return {name: getattr(record, name) for name in names}
