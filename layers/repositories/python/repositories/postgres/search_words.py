"""The words of a row's texts, for finding what a mistyped one was meant to be."""

import re
from collections.abc import Iterable

from repositories.ports.read_model_rows import ClaimRow

# Shorter words are like too many others, longer ones are no words.
_WORD = re.compile(r"[^\W\d_]{3,40}")


def new_words(new: Iterable[ClaimRow], changed: Iterable[ClaimRow], enriched: Iterable[ClaimRow]) -> list[str]:
    """The words that the rows may bring.

    A new one brings all it says, a changed one its resolution; one that was enriched meanwhile has perhaps a name, too.
    """
    texts = [text for row in new for text in (row.description, row.customer_name, row.resolution) if text]
    texts += [row.resolution for row in changed if row.resolution and row.status == "resolved"]
    texts += [text for row in enriched for text in (row.customer_name, row.resolution) if text]
    return sorted({word for text in texts for word in _WORD.findall(text.lower())})
