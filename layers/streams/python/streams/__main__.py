"""`python -m streams`."""

import sys

from streams.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
