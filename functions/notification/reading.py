"""The other use case: looking at what was sent to whom."""

from collections import Counter
from typing import Literal
from urllib.parse import unquote

from pydantic import Field

from envelope import EVENT_TYPES
from envelope.errors import InvalidError, NotFoundError
from functions.notification.rules import is_for_customer
from functions.notification.views import EmailView, NotificationPage, NotificationStats, SmsView, view
from handlers.cursors import decode_cursor, encode_cursor
from handlers.queries import EventTypeName, PageQuery
from repositories.ports.notifications import (
    Notification,
    NotificationFilter,
    NotificationPlace,
    NotificationStore,
)

POSITION_MAX = 2**63 - 1  # what a store's integer holds
CUSTOMER_EVENT_TYPES = frozenset(
    name for name in EVENT_TYPES if is_for_customer(name, "email") or is_for_customer(name, "sms")
)


class NotificationQuery(PageQuery):
    """Which notifications; a filter that is not given lets all pass."""

    claim_id: str | None = Field(default=None, max_length=128)
    customer_id: str | None = Field(default=None, max_length=128)
    type: Literal["email", "sms"] | None = None
    status: Literal["pending", "sent", "failed"] | None = None
    event_type: EventTypeName | None = None
    correlation_id: str | None = Field(default=None, max_length=128)

    def to_filter(self, *, for_customer: bool = False) -> NotificationFilter:
        """The same in the store's terms; with `for_customer` only of what a customer is told."""
        return NotificationFilter(
            claim_id=self.claim_id,
            customer_id=self.customer_id,
            channel=self.type,
            status=self.status,
            event_type=self.event_type,
            correlation_id=self.correlation_id,
            event_types=CUSTOMER_EVENT_TYPES if for_customer else None,
        )


class NotificationReader:
    """Answers the API's questions."""

    def __init__(self, notifications: NotificationStore) -> None:
        self._notifications = notifications

    def page(self, query: NotificationQuery, *, masked: bool, for_customer: bool = False) -> NotificationPage:
        """One page, newest first; `for_customer` leaves out what agents were told.

        Raises InvalidError for a cursor that no page gave out.
        """
        after = None if query.cursor is None else _place(query.cursor)
        # One more than asked for tells whether there is a next page.
        which = query.to_filter(for_customer=for_customer)
        found = self._notifications.find(which, limit=query.limit + 1, offset=query.offset, after=after)
        shown = [view(each, masked=masked) for each in found[: query.limit]]
        next_cursor = _cursor(found[query.limit - 1]) if len(found) > query.limit else None
        return NotificationPage(notifications=shown, count=len(shown), next_cursor=next_cursor)

    def one(self, identifier: str, *, masked: bool, for_customer_id: str | None = None) -> EmailView | SmsView:
        """The notification of this id, which may come as it stood in the URL.

        Raises NotFoundError; with `for_customer_id` also for one that this customer was not told.
        """
        found = self._notifications.get(identifier) or self._notifications.get(unquote(identifier))
        if found is None or not _is_visible(found, for_customer_id):
            raise NotFoundError(f"there is no notification {identifier}")
        return view(found, masked=masked)

    def stats(self) -> NotificationStats:
        """How many there are, by kind."""
        by_type, by_event_type, by_status = Counter[str](), Counter[str](), Counter[str]()
        for kind in self._notifications.counts():
            by_type[kind.channel] += kind.count
            by_event_type[kind.event_type] += kind.count
            by_status[kind.status] += kind.count
        return NotificationStats(
            total_notifications=by_type.total(), by_type=by_type, by_event_type=by_event_type, by_status=by_status
        )


def _is_visible(notification: Notification, for_customer_id: str | None) -> bool:
    if for_customer_id is None:
        return True
    return notification.customer_id == for_customer_id and notification.event_type in CUSTOMER_EVENT_TYPES


def _cursor(last: Notification) -> str:
    return encode_cursor([last.position, last.reference])


def _place(cursor: str) -> NotificationPlace:
    position, reference = decode_cursor(cursor, 2)
    if not (isinstance(position, int) and 0 <= position <= POSITION_MAX and isinstance(reference, str)):
        raise InvalidError("cursor: not one that a list gave out", (("cursor", "not one that a list gave out"),))
    return NotificationPlace(position, reference)
