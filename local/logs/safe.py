"""Text that somebody sent, as it can be shown on a terminal. Pure."""

import re
import unicodedata

# What is shown of a text at most: a line of ten megabytes helps nobody. `--json` and `--raw` give the whole.
SHOWN_LENGTH_MAX = 2_000
# Beyond ASCII: C1 controls, which some terminals obey, marks that turn the direction of writing, ends of lines.
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def safe_line(text: str) -> str:
    """The text as one line: what is not printable is told by its number, any other space is a space."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _told(character) for character in text)


def safe_json(text: str) -> str:
    """The same JSON: within its strings, where alone such characters stand, they are told by their number."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cut(text: str, length_max: int = SHOWN_LENGTH_MAX) -> str:
    """The text's beginning, with the number of characters that are left out."""
    left_out = len(text) - length_max
    return text if left_out <= 0 else f"{text[:length_max]}… ({left_out:,} more)"


def _told(character: str) -> str:
    if character == "\t" or unicodedata.category(character) == "Zs":
        return " "
    number = ord(character)
    if number < 0x100:
        return {"\n": "\\n", "\r": "\\r"}.get(character, f"\\x{number:02x}")
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
