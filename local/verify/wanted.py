"""What notification there must be, before and after a claim's context is known. Pure."""

from dataclasses import dataclass

from repositories.ports.notifications import Channel, Notification


@dataclass(frozen=True, slots=True)
class Wanted:
    """One notification: as the claim's `own` contact has it, and as the `full` one, with the context, does.

    `is_done`: the group is done with the event; `is_learnt`: and with the context, so nothing else than `full` is
    right. Until then either is, and both where `own` has no recipient: the one is written before the other is removed.
    """

    own: Notification
    full: Notification
    is_done: bool
    is_learnt: bool

    @property
    def channel(self) -> Channel:
        """How it is sent."""
        return self.full.channel

    def ways(self) -> list[Notification]:
        """Those that may be there."""
        if self.is_learnt or self.own.notification_id == self.full.notification_id:
            return [self.full]
        return [self.full, self.own]

    def customer_ids(self) -> set[str | None]:
        """Those that it may name."""
        return {self.own.customer_id, self.full.customer_id}

    def must_be_sent(self, which: Notification) -> bool:
        """Whether the group is done with all that leads to it."""
        return self.is_done and (self.is_learnt or which.notification_id == self.own.notification_id)
