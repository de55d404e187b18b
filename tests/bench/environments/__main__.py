"""`./recours bench environments`: one function from the source tree, and the same one from its package.

Both are asked in turn, invocation by invocation, so that whatever else the machine does falls on both alike. Told are
the medians of a start (from nothing to loaded) and of an invocation, and the ratio. The event is a request for
`/health`, which no store is asked for.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from local.packaged.factory import packaged_factory, prepare
from local.paths import DEFAULT_TEMPLATE, ROOT
from local.runtime.contract import EnvironmentFactory, ExecutionEnvironment, Invocation
from local.runtime.source.environment import SourceEnvironments
from local.supervisor.plan import Urls
from local.template import load_template

FUNCTION = "ClaimsFunction"
EVENT = ROOT / "events" / "http" / "claims" / "Health.json"
END_S_MAX = 5.0


async def started(factory: EnvironmentFactory, log: Path) -> tuple[ExecutionEnvironment, float]:
    """An environment that has loaded the function, and how long that took, in milliseconds."""
    began_s = time.perf_counter()
    environment = factory("bench", log)
    await environment.initialize()
    return environment, (time.perf_counter() - began_s) * 1000


async def invoked_ms(environment: ExecutionEnvironment, payload: bytes) -> float:
    """One invocation, in milliseconds; what fails is no measurement."""
    began_s = time.perf_counter()
    outcome = await environment.invoke(Invocation("bench", payload))
    took_ms = (time.perf_counter() - began_s) * 1000
    assert not outcome.is_error, outcome.payload
    return took_ms


async def measure(factories: dict[str, EnvironmentFactory], starts: int, calls: int, folder: Path) -> None:
    """Print the medians, side by side."""
    payload = EVENT.read_bytes()
    start_ms: dict[str, list[float]] = {name: [] for name in factories}
    call_ms: dict[str, list[float]] = {name: [] for name in factories}
    for _ in range(starts):
        environments = {}
        for name, factory in factories.items():
            environments[name], took_ms = await started(factory, folder / f"{name}.log")
            start_ms[name].append(took_ms)
        for _ in range(calls // starts):
            for name, environment in environments.items():
                call_ms[name].append(await invoked_ms(environment, payload))
        await asyncio.gather(*(environment.end(END_S_MAX) for environment in environments.values()))
    tell("start", start_ms)
    tell("invocation", call_ms)


def tell(what: str, took_ms: dict[str, list[float]]) -> None:
    """One line: each median with its spread, and how they compare."""
    medians = {name: statistics.median(each) for name, each in took_ms.items()}
    parts = [f"{name} {medians[name]:.2f} ms (P95 {quantile(each):.2f})" for name, each in took_ms.items()]
    source, packaged = medians.values()
    print(f"{what:<11} {', '.join(parts)}; packaged / source {packaged / source:.2f}")


def quantile(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[int(len(values) * 0.95)]


def main() -> int:
    """Build, measure, tell."""
    parser = argparse.ArgumentParser(prog="./recours bench environments", description=__doc__)
    parser.add_argument("--starts", type=int, default=7, help="how often each is started (default 7)")
    parser.add_argument("--calls", type=int, default=2100, help="invocations of each, over all starts (default 2100)")
    given = parser.parse_args()
    parameters = {**Urls("", "", "", "", "").as_parameters(), "AuthMode": "off"}
    function = load_template(DEFAULT_TEMPLATE, parameters).function(FUNCTION)
    with TemporaryDirectory(prefix="recours-bench-") as folder:
        dist = Path(folder) / "packages"
        prepare(DEFAULT_TEMPLATE, dist, lambda sentence: print(sentence, file=sys.stderr))
        variables = {**os.environ, "RECOURS_PARAMETERS": json.dumps(parameters)}
        factories: dict[str, EnvironmentFactory] = {
            "source": SourceEnvironments(DEFAULT_TEMPLATE, function, variables),
            "packaged": packaged_factory(function, dist, os.environ),
        }
        asyncio.run(measure(factories, given.starts, given.calls, Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
