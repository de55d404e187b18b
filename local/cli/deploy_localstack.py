"""`deploy --target localstack`: what became of each resource, and where the API is."""

import argparse
import os
from typing import TYPE_CHECKING

from local.cli.deploy_common import Values, confirm, told_as_command_errors
from local.cli.errors import CommandError
from local.cli.tables import print_table
from local.deploying.zips import Build

if TYPE_CHECKING:
    from local.deploying.changes import Change
    from local.deploying.localstack.site import Site
    from local.deploying.wanted.model import Wanted

REGION_DEFAULT = "us-east-1"
_HEAD = ("resource", "name", "what", "detail")


def deploy_to_localstack(given: argparse.Namespace, build: Build) -> int:
    """Deploy, and print the report; what was done before an error is in it, too."""
    from local.deploying.localstack.site import open_site
    from local.deploying.wanted.reading import read_wanted

    values = Values(given, build)
    with told_as_command_errors(values, given.endpoint or "LocalStack (--endpoint)"):
        values.read()
        site = open_site(given.stack, given.endpoint, _region(given), acts=not given.dry_run)
        wanted = read_wanted(build, values.values, site.names, site.url)
        _deploy(given, site, wanted)
    return 0


def _deploy(given: argparse.Namespace, site: "Site", wanted: "Wanted") -> None:
    from local.deploying.localstack.deploying import deploy, left_over, prune

    rest = left_over(site, wanted)
    if given.prune and rest and not given.dry_run:
        _ask_to_delete(given, [f"{kind} {name}" for kind, name in rest])
    changes: list[Change] = []
    try:
        urls = deploy(site, wanted, changes.append)
        if given.prune:
            prune(site, wanted, changes.append)
    finally:
        print_table(_HEAD, [_row(change) for change in changes])
    if rest and not given.prune:
        print(f"Left over, until --prune: {', '.join(f'{kind} {name}' for kind, name in rest)}.")
    print(_summary(changes, is_dry=given.dry_run))
    for sentence in _notes(wanted, site):
        print(sentence)
    if not given.dry_run:
        for name, url in urls.items():
            print(f"{name}: {url}")


def _ask_to_delete(given: argparse.Namespace, names: list[str]) -> None:
    if not confirm(given, f"Delete {', '.join(names)}?"):
        raise CommandError("nothing was changed")


def _row(change: "Change") -> tuple[str, str, str, str]:
    return change.kind, change.name, change.what, change.detail


def _summary(changes: "list[Change]", *, is_dry: bool) -> str:
    counts: dict[str, int] = {}
    for change in changes:
        counts[change.what] = counts.get(change.what, 0) + 1
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    return f"{'Would be' if is_dry else 'Done'}: {told}."


def _notes(wanted: "Wanted", site: "Site") -> list[str]:
    """What the template has and no endpoint gets from here."""
    notes = []
    if wanted.left_out:
        notes.append(f"Not deployed here, but by --target aws: {', '.join(wanted.left_out)}.")
    if wanted.polled:
        names = ", ".join(wanted.polled)
        example = wanted.function(wanted.polled[0])
        notes.append(
            f"Streams are read by our own pollers, which run beside it ({names}), for example, with REDIS_URL and "
            f"AWS_REGION set: AWS_ENDPOINT_URL={site.url} "
            f"./recours serve poller {example.logical} --invoke {example.name}"
        )
    return notes


def _region(given: argparse.Namespace) -> str:
    region: str | None = given.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return region or REGION_DEFAULT
