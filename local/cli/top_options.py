"""The options of `top`."""

import argparse
from pathlib import Path


def add_top(parser: argparse.ArgumentParser) -> None:
    """Add them to its parser."""
    parser.add_argument("--once", action="store_true", help="print it once, and do not go on")
    parser.add_argument("--json", action="store_true", help="print it once, as JSON")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw it once, as a picture for a document")
    parser.add_argument(
        "--window",
        type=_seconds,
        default=300.0,
        metavar="SECONDS",
        help="what rates, quantiles and `in window` are about (default 300, at most 900)",
    )
    parser.add_argument("--every", type=_seconds, default=2.0, metavar="SECONDS", help="how often to look (default 2)")


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= SECONDS_MAX:
        raise argparse.ArgumentTypeError(f"{text} is not more than 0 and at most {SECONDS_MAX:.0f} seconds")
    return seconds


SECONDS_MAX = 900.0
