"""Tables: lines between columns on a terminal, plain columns where a program or a file reads them."""

import sys
from collections.abc import Sequence


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print the rows under their head; nothing where there are none."""
    if not rows:
        return
    if sys.stdout.isatty():
        _print_rich(head, rows)
    else:
        print("\n".join(_columns([[name.upper() for name in head], *rows])), flush=True)


def _print_rich(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    table = Table(*(Column(name, overflow="fold") for name in head))  # a name is copied whole
    for row in rows:
        table.add_row(*map(Text, row))  # as they are: brackets in a name are no markup
    Console().print(table)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
