"""`mask`: an event, or an answer, without personal data and secrets.

Names, e-mail addresses, telephone numbers, whatever people wrote, tokens, cookies and keys become made-up ones, for the
same value the same one throughout. Identifiers, types, times and quantities stay, and so does the shape: a function
takes the masked event as it took the real one.
"""

from typing import Any

from local.recording.http import is_answer, is_http, masked_answer, masked_request
from local.recording.values import Masker


def mask(event: Any, masker: Masker | None = None) -> Any:
    """The event, masked; what is JSON stays JSON. With the same masker, what is the same elsewhere stays the same."""
    masker = masker or Masker()
    if isinstance(event, dict):
        if is_http(event):
            return masked_request(event, masker)
        if is_answer(event):
            return masked_answer(event, masker)
    return masker.value(event)
