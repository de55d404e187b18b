"""The options of `up` that ask for faults."""

import argparse
import secrets

from local.cli.errors import CommandError, UsageError
from local.faults.errors import FaultError
from local.faults.grammar import FORM, SEED_MAX, Fault, help_text, parse_fault
from local.faults.settings import FaultSettings, folder_in
from local.paths import DataDirectory, put_layers_on_path


def add_fault_options(parser: argparse.ArgumentParser) -> None:
    """`--fault`, any number of times, and `--fault-seed`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = help_text()
    parser.add_argument(
        "--fault", action="append", type=_fault, default=[], metavar="FAULT", help=f"inject a fault: {FORM}, see below"
    )
    parser.add_argument(
        "--fault-seed", type=_seed, metavar="N", help="have the faults of an earlier run again (default: any)"
    )


def read_faults(given: argparse.Namespace, data: DataDirectory) -> FaultSettings | None:
    """The faults that were asked for, None for none. Raises UsageError; CommandError where one has no place any more.

    Said here and not by the process concerned: a fault that never strikes looks like a system that stands all faults.
    """
    if not given.fault:
        if given.fault_seed is not None:
            raise UsageError("--fault-seed goes with --fault")
        return None
    faults = tuple(given.fault)
    put_layers_on_path()
    _check(given, faults)
    seed = secrets.randbelow(10_000) if given.fault_seed is None else given.fault_seed
    return FaultSettings(faults, seed, folder_in(data.run))


def _check(given: argparse.Namespace, faults: tuple[Fault, ...]) -> None:
    from local.cli.invoke import URL_PARAMETERS
    from local.faults.crashes import check_steps
    from local.faults.grammar import check_functions
    from local.template import TemplateError, load_template

    try:
        template = load_template(given.template.resolve(), dict.fromkeys(URL_PARAMETERS, ""))
    except TemplateError as error:
        raise CommandError(str(error)) from error
    try:
        check_functions(faults, template)
    except FaultError as error:
        raise UsageError(f"--fault {error}") from error
    try:
        check_steps(faults)
    except FaultError as error:
        raise CommandError(str(error)) from error


def _fault(text: str) -> Fault:
    try:
        return parse_fault(text)
    except FaultError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= SEED_MAX):
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 0 to {SEED_MAX}")
    return int(text)
