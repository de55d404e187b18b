"""`python -m local`: what `./recours` runs."""

import sys

from local.cli.main import run

sys.exit(run(sys.argv[1:]))
