"""`python -m local.gateway`: see `local.gateway.process`."""

import sys

from local.paths import put_layers_on_path

put_layers_on_path()  # before what follows is imported: the runtime counts with the metrics layer

from local.gateway.process import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
