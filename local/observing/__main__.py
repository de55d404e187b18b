"""`python -m local.observing --data DIR --fd N`: see `local.observing.process`."""

import os
import sys

from local.environment.watchdog import hold_signals
from local.paths import put_layers_on_path

hold_signals()  # before any thread is started
put_layers_on_path()  # before what follows is imported: the observer measures with the metrics layer
os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)  # its own metrics are of this process alone

from local.observing.process import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
