"""`./recours bench NAME [OPTIONS]`: run one of the benchmarks, which are the folders of tests/bench."""

import ast
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from local.cli.errors import CommandError, UsageError
from local.paths import ROOT

FOLDER = ROOT / "tests" / "bench"


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark with its own options; its output is ours. Without a name, tell which there are."""
    names = sorted(path.parent.name for path in FOLDER.glob("*/__main__.py"))
    if not arguments or arguments[0] in ("-h", "--help"):
        print("usage: ./recours bench NAME [OPTIONS]\n")
        print("\n".join(f"{name:12}{_purpose(name)}" for name in names))
        return 0
    if arguments[0] not in names:
        raise UsageError(f"there is no benchmark {arguments[0]}; there are: {', '.join(names)}")
    if find_spec("faststream") is None:
        raise CommandError("the requirements of the benchmarks are not installed: call it through ./recours bench")
    layers = (str(folder) for folder in sorted(ROOT.glob("layers/*/python")))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *layers])}
    command = [sys.executable, "-m", f"tests.bench.{arguments[0]}", *arguments[1:]]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _purpose(name: str) -> str:
    """The first line of what the benchmark says of itself."""
    source = (FOLDER / name / "__init__.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
