"""`deploy`: the packages, to LocalStack or to AWS."""

import argparse
import re
import sys
from typing import TYPE_CHECKING

from local.cli.errors import CommandError, UsageError
from local.template import TemplateError

if TYPE_CHECKING:
    from local.deploying.zips import Build
    from local.packaging.manifest import Manifest

_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")


def command(given: argparse.Namespace) -> int:
    """Build, and deploy."""
    _check(given)
    from local.cli.deploy_aws import deploy_to_aws
    from local.cli.deploy_localstack import deploy_to_localstack

    to = {"aws": deploy_to_aws, "localstack": deploy_to_localstack}[given.target]
    return to(given, _build(given))


def _check(given: argparse.Namespace) -> None:
    of_other = {"aws": {"--endpoint": given.endpoint, "--prune": given.prune}, "localstack": {"--bucket": given.bucket}}
    for name, value in of_other[given.target].items():
        if value:
            raise UsageError(f"{name} is not for --target {given.target}")
    if not given.build and given.arch:
        raise UsageError("--arch is for a build, and --no-build makes none")
    if not _STACK_NAME.fullmatch(given.stack):
        raise UsageError("--stack takes up to 64 letters, digits and hyphens, a letter first")


def _build(given: argparse.Namespace) -> "Build":
    from local.deploying.errors import DeployError
    from local.deploying.zips import read_build

    if given.build:
        _pack(given)
    try:
        return read_build(given.dist)
    except (DeployError, TemplateError) as error:
        raise CommandError(str(error)) from error


def _pack(given: argparse.Namespace) -> "Manifest":
    from local.cli.package import WHEELS
    from local.packaging.building import build
    from local.packaging.errors import PackagingError
    from local.packaging.limits import oversizes

    try:
        manifest = build(given.template.resolve(), given.dist, WHEELS, tell, architecture=given.arch)
    except (PackagingError, TemplateError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{given.dist} cannot be made: {error}") from error
    if too_large := oversizes(manifest):
        raise CommandError("; ".join(too_large))
    return manifest


def tell(sentence: str) -> None:
    """What is being done, beside the report."""
    print(f"recours: {sentence}", file=sys.stderr, flush=True)
