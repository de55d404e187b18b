"""`deploy --target aws`: the change set, the question, the events, the outputs."""

import argparse
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from local.cli.deploy_common import Values, confirm, told_as_command_errors
from local.cli.errors import CommandError, UsageError
from local.cli.tables import print_table
from local.deploying.zips import Build

if TYPE_CHECKING:
    from local.deploying.aws.account import Account, Client
    from local.deploying.aws.change_sets import ChangeSet
    from local.deploying.aws.following import StackEvent
    from local.deploying.aws.stacks import Stack

_HEAD = ("action", "logical id", "type", "replacement")


def deploy_to_aws(given: argparse.Namespace, build: Build) -> int:
    """Deploy. What CloudFormation would do is shown first, and done once a person wants it."""
    from local.deploying.aws.account import open_account
    from local.deploying.aws.change_sets import discard
    from local.deploying.aws.stacks import read_stack

    values = Values(given, build)
    with told_as_command_errors(values, "AWS"):
        account = open_account(given.region, os.environ)
        client = account.client("cloudformation")
        stack = read_stack(client, given.stack)
        values.read(known=stack.parameters)
        change_set = _change_set(given, account, client, stack, build, values)
        if change_set is None:
            print(f"The stack {stack.name} is as the template says: nothing to change.")
            return 0
        print_table(_HEAD, [(one.action, one.logical, one.kind, one.replacement) for one in change_set.changes])
        if not _is_wanted(given, client, change_set):
            discard(client, stack, change_set.name)
            print("Nothing was changed.")
            return 0 if given.dry_run else 1
        _execute(client, change_set, values)
    return 0


def _change_set(
    given: argparse.Namespace, account: "Account", client: "Client", stack: "Stack", build: Build, values: Values
) -> "ChangeSet | None":
    from local.cli.deploy import tell
    from local.deploying.aws.change_sets import create_change_set
    from local.deploying.aws.templates import uploaded_template
    from local.deploying.aws.uploading import prepare_bucket, upload_template, upload_zips

    _ = stack.change_set_type  # before anything is uploaded for a stack that cannot be changed
    bucket = prepare_bucket(account, stack.name, given.bucket, tell)
    locations = upload_zips(account, bucket, stack.name, build.zips, tell)
    url = upload_template(account, bucket, stack.name, uploaded_template(build, locations))
    name = f"recours-{datetime.now(UTC):%Y%m%d%H%M%S}"
    return create_change_set(client, stack, name, url, values.parameters, values.values)


def _is_wanted(given: argparse.Namespace, client: "Client", change_set: "ChangeSet") -> bool:
    from local.deploying.aws.change_sets import discard

    if given.dry_run:
        return False
    try:
        return confirm(given, f"Have this done to the stack {change_set.stack.name}?")
    except (UsageError, KeyboardInterrupt):
        discard(client, change_set.stack, change_set.name)
        raise


def _execute(client: "Client", change_set: "ChangeSet", values: Values) -> None:
    from local.deploying.aws.change_sets import execute
    from local.deploying.aws.following import follow, known_events

    known = known_events(client, change_set.stack)

    def show(event: "StackEvent") -> None:
        print(values.masked(f"{event.status:<28} {event.logical} ({event.kind}) {event.reason}".rstrip()), flush=True)

    try:
        execute(client, change_set)
        stack = follow(client, change_set.stack.name, known, show)
    except KeyboardInterrupt:
        raise CommandError("CloudFormation goes on without us; look at its events in the console") from None
    for name, value in stack.outputs.items():
        print(values.masked(f"{name}: {value}"))
