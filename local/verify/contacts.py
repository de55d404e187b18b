"""How a customer is reached is what the claim's first event told, and its context: notifications go there. Pure."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from envelope import Envelope
from local.verify.differences import differing
from local.verify.findings import Finding
from local.verify.moment import Moment
from repositories.ports.contacts import Contact

Document = dict[str, Any]


def compare_contact(
    event: Envelope, contact: Contact | None, document: Document | None, moment: Moment
) -> Iterator[Finding]:
    """`event` is a claim's first, or its context's, `contact` what it told, `document` what is kept of that.

    What differs is only named.
    """
    if contact is None:
        return
    if document is None:
        if moment.is_done("notifications", event.position or 0):
            yield Finding("missing", "notifications", "its contact is not there", event.aggregate_id, event.position)
        return
    expected = asdict(contact)
    del expected["claim_id"]
    if names := differing({"_id": event.aggregate_id, **expected}, document):
        what = f"its contact differs from what its first event told in {', '.join(names)}"
        yield Finding("different", "notifications", what, event.aggregate_id, event.position)
