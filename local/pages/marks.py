"""A page has parts made from the code, between marks; what stands around them is written by hand."""

import re
from collections.abc import Mapping

_PART = re.compile(r"(<!-- made: (?P<name>[a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


class MarksError(Exception):
    """A page lacks the marks of a part, or has marks of a part that nobody makes."""


def filled(page: str, parts: Mapping[str, str]) -> str:
    """The page with each part between its marks, `<!-- made: NAME -->` and `<!-- end -->`. Raises MarksError."""
    marked = [found["name"] for found in _PART.finditer(page)]
    if sorted(marked) != sorted(parts):
        raise MarksError(f"marks for {', '.join(marked) or 'nothing'}; parts: {', '.join(parts)}")
    return _PART.sub(lambda found: f"{found[1]}\n{parts[found['name']].strip()}\n\n{found[3]}", page)
