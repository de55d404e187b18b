"""What the stores hold beside a window of events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from envelope import Envelope
from local.verify.findings import Store
from local.verify.read_models import Stand

Document = dict[str, Any]
Documents = Mapping[int, list[Document]]


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a window's events: documents by position, rows and contexts by claim, contacts by aggregate.

    A context is there wherever its own event is: it changes what must be there because of the claim's.
    """

    documents: Mapping[Store, Documents]
    stands: Mapping[str, Stand]
    contexts: Mapping[str, Envelope]
    contacts: Mapping[str, Document]

    def at(self, store: Store, event: Envelope) -> "list[Document] | tuple[()]":
        """The store's documents at the event's position."""
        return self.documents[store].get(event.position or 0, ())

    def stand(self, row_id: str) -> Stand:
        """How a claim's row stands."""
        return self.stands.get(row_id, Stand())
