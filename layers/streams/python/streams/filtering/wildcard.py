"""`wildcard` of EventBridge's pattern language: `*` stands for any characters, `\\*` for an asterisk."""

from collections.abc import Callable, Iterator

from streams.mapping.properties import PropertyError


def wildcard(pattern: str) -> Callable[[str], bool]:
    """Compile. Raises PropertyError: two asterisks in a row, or a backslash before anything but `*` and `\\`."""
    first, *rest = _literals(pattern)
    if not rest:
        return first.__eq__
    *middle, last = rest
    length_min = len(first) + len(last)

    def matches(text: str) -> bool:
        if len(text) < length_min or not text.startswith(first) or not text.endswith(last):
            return False
        return _in_order(middle, text, len(first), len(text) - len(last))

    return matches


def _in_order(parts: list[str], text: str, start: int, end: int) -> bool:
    # The leftmost place for each part leaves the most room for the next: no backtracking, whatever the text.
    for part in parts:
        start = text.find(part, start, end)
        if start < 0:
            return False
        start += len(part)
    return True


def _literals(pattern: str) -> list[str]:
    """The texts between the asterisks; one text where there are none."""
    parts = [""]
    for letter in _letters(pattern):
        if letter is None:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _letters(pattern: str) -> Iterator[str | None]:
    """One character after the other without its escape, None for each asterisk that stands for any."""
    previous = ""
    letters = iter(pattern)
    for letter in letters:
        if letter == "\\":
            yield _escaped(pattern, next(letters, ""))
            previous = ""
            continue
        if letter == previous == "*":
            raise PropertyError(f"has two asterisks in a row in wildcard {pattern!r}")
        previous = letter
        yield None if letter == "*" else letter


def _escaped(pattern: str, letter: str) -> str:
    if letter not in ("*", "\\"):
        raise PropertyError(f"must have * or \\ after a backslash in wildcard {pattern!r}")
    return letter
