"""The view as a picture, for a document."""

import re
from io import StringIO

from rich.console import Console

from local.top.figures import Figures
from local.top.view import PAGES, Lines, page

# The library's fonts and its name are addresses on the web: a picture asks nobody for anything.
_FROM_THE_WEB = re.compile(r"\s*@font-face \{.*?\}|\s*<!--.*?-->", re.DOTALL)


def render_svg(figures: Figures, lines: Lines, width: int = 100, name: str = PAGES[0]) -> str:
    """What a terminal of `width` columns shows of one page, as SVG; the same figures make the same picture."""
    # Without a height the width would be that of the terminal in which this is called.
    console = Console(
        record=True, width=width, height=25, file=StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(page(name, figures, lines))
    return _FROM_THE_WEB.sub("", console.export_svg(title="./recours top", unique_id="top"))
