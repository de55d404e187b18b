"""Building the packages that another command is about to run."""

import sys
from pathlib import Path

from local.cli.errors import CommandError


def build_packages(template: Path, packages: Path) -> None:
    """Pack the functions for this machine and see that something is there to run them."""
    from local.packaged.errors import PackagedError
    from local.packaged.factory import prepare
    from local.packaging.errors import PackagingError
    from local.template import TemplateError

    try:
        prepare(template, packages, lambda sentence: print(f"recours: {sentence}", file=sys.stderr, flush=True))
    except (PackagingError, PackagedError, TemplateError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{packages} cannot be filled: {error}") from error
