"""Writes the parts of `docs/services/` that are made from the code: `.venv/bin/python docs/generate.py [--check]`.

Routes come from the apps and the table of roles, functions, streams and settings from `template.yaml`, stores, events
and metrics from what the modules import. What stands outside of the marks is written by hand and stays as it is.
`--check` writes nothing, names the pages that are out of date and exits with 1 where there are any; a test does the
same. A folder of `functions/` that has no page yet gets one.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from local.paths import ROOT, put_layers_on_path


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` compare them."""
    put_layers_on_path()
    from local.pages.services import stale

    found = stale()
    for path, text in found:
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    return 1 if found and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
