"""`token`: print what a system that was started with --auth lets somebody in by: a token, or the Lambda API's keys."""

import argparse

from local.auth.lambda_keys import known_keys
from local.auth.secret import known_secret
from local.cli.errors import CommandError, UsageError
from local.paths import put_layers_on_path
from local.state import data_directory


def command(given: argparse.Namespace) -> int:
    """Print the token and nothing else, so that `$(./recours token --role agent)` can stand in a header."""
    if given.aws:
        return _print_keys(given)
    put_layers_on_path()
    from local.auth.tokens import Bearer, make_token

    _check_ids(given)
    secret = known_secret(data_directory(given.data))
    if secret is None:
        raise _never_asked(given)
    sub = given.sub or given.customer or given.agent or given.role
    bearer = Bearer(given.role, sub, customer_id=given.customer, agent_id=given.agent)
    print(make_token(bearer, secret, max(int(given.hours * 3600), 1)))
    return 0


def _print_keys(given: argparse.Namespace) -> int:
    """Print them so that `eval "$(./recours token --aws)"` lets the AWS CLI invoke."""
    keys = known_keys(data_directory(given.data))
    if keys is None:
        raise _never_asked(given)
    for name, value in keys.as_environment().items():
        print(f"export {name}={value}")
    return 0


def _never_asked(given: argparse.Namespace) -> CommandError:
    return CommandError(f"nothing in {given.data} was ever started with --auth: ./recours up --auth")


def _check_ids(given: argparse.Namespace) -> None:
    """Raise UsageError for an id that the role has no use for, or that it cannot do without."""
    for role, value in (("customer", given.customer), ("agent", given.agent)):
        if value is not None and given.role != role:
            raise UsageError(f"--{role} is for --role {role}")
    if given.role == "customer" and not (given.customer or given.sub):
        raise UsageError("a customer needs --customer ID (or --sub ID)")
