"""The options of `up` that name a function: `--debug FUNCTION[:PORT]`, and `--record FUNCTION`."""

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING

from local.supervisor.errors import StartError

if TYPE_CHECKING:
    from local.supervisor.options import Options
    from local.template import Template

PORT = 5678  # what debugpy and the editors take where nothing is said


def parse_debug(text: str) -> tuple[str, int]:
    """Read one `--debug`. Raises argparse.ArgumentTypeError."""
    function, _, port = text.partition(":")
    if not function or not (port or str(PORT)).isdigit() or not 0 < int(port or PORT) < 65_536:
        raise argparse.ArgumentTypeError(f"{text} is not FUNCTION or FUNCTION:PORT")
    return function, int(port or PORT)


def check_named(options: "Options", template: "Template") -> None:
    """Raise StartError for a function that is not there, and for two at one port."""
    _check_known("--debug", options.debug, template)
    _check_known("--record", options.recorded, template)
    if len(set(options.debug.values())) < len(options.debug):
        raise StartError("--debug: each function needs a port of its own, as FUNCTION:PORT")


def _check_known(option: str, functions: Iterable[str], template: "Template") -> None:
    from local.template import TemplateError

    try:
        for function in functions:
            template.function(function)
    except TemplateError as error:
        raise StartError(f"{option}: {error}") from error
