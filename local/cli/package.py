"""`package`: everything that Lambda is given, in one folder."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from local.cli.errors import CommandError
from local.packaging.errors import PackagingError
from local.packaging.places import WHEELS
from local.template import TemplateError

if TYPE_CHECKING:
    from local.packaging.manifest import Manifest
    from local.packaging.target import Architecture

__all__ = ["WHEELS", "command"]


def command(given: argparse.Namespace) -> int:
    """Pack, and tell the sizes. 1 where something cannot be packed, or is larger than Lambda takes."""
    from local.packaging.limits import oversizes

    built = {dist: _build(given.template, dist, architecture) for dist, architecture in _wanted(given)}
    if given.json:
        print(json.dumps({str(dist): asdict(manifest) for dist, manifest in built.items()}, ensure_ascii=False))
    else:
        for dist, manifest in built.items():
            _show(dist, manifest)
    if too_large := [sentence for manifest in built.values() for sentence in oversizes(manifest)]:
        raise CommandError("; ".join(too_large))
    return 0


def _wanted(given: argparse.Namespace) -> list[tuple[Path, "Architecture | None"]]:
    """The folders to fill, and with what; None: what the template says."""
    from local.packaging.target import ARCHITECTURES

    if given.arch == "both":
        return [(given.out / architecture, architecture) for architecture in ARCHITECTURES]
    return [(given.out, given.arch)]


def _build(template: Path, dist: Path, architecture: "Architecture | None") -> "Manifest":
    from local.packaging.building import build

    try:
        return build(template.resolve(), dist, WHEELS, _tell, architecture=architecture)
    except (PackagingError, TemplateError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{dist} cannot be made: {error}") from error


def _tell(sentence: str) -> None:
    print(f"recours: {sentence}", file=sys.stderr, flush=True)


def _show(dist: Path, manifest: "Manifest") -> None:
    from local.packaging.building import TEMPLATE_NAME
    from local.packaging.table import size_table

    print(size_table(manifest))
    print(f"{dist / TEMPLATE_NAME} names these zips; {dist / 'manifest.json'} has their digests")
