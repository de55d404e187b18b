#!/bin/sh
# Locks every requirements/*.in for all platforms and Pythons that the project runs on, with hashes and no addresses.
# Needs uv (https://docs.astral.sh/uv). Usage: requirements/lock.sh [--upgrade]
set -eu
cd "$(dirname "$0")"
for name in functions lambdaric serve local test lint bench; do
    uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
        --no-emit-find-links --no-annotate --quiet "$@" --output-file "$name.txt" "$name.in"
done
