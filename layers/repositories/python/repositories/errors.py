"""What can go wrong at a store, in the terms of the error tree."""

from envelope.errors import InvalidError, RecoursError, RejectedError, RetryableError


class StoreUnavailableError(RetryableError):
    """The store does not answer, or not in time. Nothing is known about a write under way."""


class VersionConflictError(RejectedError):
    """Another writer appended to the claim first: the expected version is no longer the last one."""

    def __init__(self, claim_id: str, expected: int, actual: int) -> None:
        super().__init__(f"claim {claim_id} was changed by another request meanwhile: read it again and retry")
        self.claim_id = claim_id
        self.expected = expected
        self.actual = actual


class IdempotencyKeyReusedError(InvalidError):
    """The Idempotency-Key came before with another command: HTTP 422."""

    def __init__(self) -> None:
        why = "came before with another request"
        super().__init__(f"this Idempotency-Key {why}", (("Idempotency-Key", why),))


class LogMisconfiguredError(RetryableError):
    """The log's server would lose or evict events with the settings it has."""


class LogBehindArchiveError(RetryableError):
    """The archive holds events that the log lost. Appending now would fork history."""


class ForkError(RecoursError):
    """Two different events claim one place in history. A person acts; nothing may go on as if it were well."""
