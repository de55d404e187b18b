"""What both targets of `deploy` share: the parameters, the errors of AWS's clients in one line, the question."""

import argparse
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from local.cli.errors import CommandError, UsageError
from local.deploying.errors import DeployError
from local.deploying.values import masked, parameter_values
from local.deploying.zips import Build
from local.serving.variables import declared_parameters
from local.template import TemplateError


class Values:
    """The template's parameters and their values, and texts without those that are secret."""

    def __init__(self, given: argparse.Namespace, build: Build) -> None:
        self._given = given
        self.parameters = declared_parameters(build.template)
        self.values: Mapping[str, str] = {}

    def read(self, known: Collection[str] = ()) -> Mapping[str, str]:
        """The values, but for those that are `known` where they are going. Raises DeployError."""
        given = self._given
        self.values = parameter_values(self.parameters, given.param, given.param_file, os.environ, known)
        return self.values

    def masked(self, text: str) -> str:
        """The text without the values of `NoEcho` parameters."""
        return masked(text, self.parameters, self.values)


@contextmanager
def told_as_command_errors(values: Values, endpoint: str) -> Iterator[None]:
    """Errors of the template, of us and of AWS's clients, each in one line without secrets."""
    from boto3.exceptions import Boto3Error  # type: ignore[import-untyped]
    from botocore import exceptions  # type: ignore[import-untyped]

    try:
        yield
    except exceptions.NoCredentialsError as error:
        raise CommandError("no credentials for AWS are known: `aws configure`, or set AWS_PROFILE") from error
    except exceptions.ConnectionError as error:
        raise CommandError(f"{endpoint} does not answer ({type(error).__name__})") from error
    except (DeployError, TemplateError, exceptions.ClientError, exceptions.BotoCoreError, Boto3Error) as error:
        # Not chained: its text may have secrets, which are masked here.
        raise CommandError(values.masked(" ".join(str(error).split()))) from None


def confirm(given: argparse.Namespace, question: str) -> bool:
    """Whether a person wants it. Raises UsageError where nobody is there to be asked."""
    if given.yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError("nothing was changed: nobody is here to be asked; to have it done, repeat with --yes")
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
