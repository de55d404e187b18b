"""The error tree, sorted by who can act. Handlers choose by class, so the text is free to be good prose."""


class RecoursError(Exception):
    """Everything this system raises on purpose."""


class RejectedError(RecoursError):
    """The business says no and a repeat changes nothing. The caller acts: HTTP 409."""


class NotFoundError(RecoursError):
    """What the request names does not exist. The caller acts: HTTP 404."""


class PreconditionError(RecoursError):
    """The caller's If-Match is not the version there is. The caller reads again: HTTP 412."""


class InvalidError(RecoursError):
    """A field is not what the contract says. The caller acts: HTTP 422.

    `fields` are pairs of a field's dotted path and a short sentence.
    """

    def __init__(self, detail: str, fields: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail)
        self.fields = fields


class RetryableError(RecoursError):
    """Not now. The poller acts by delivering again: HTTP 503 with Retry-After."""

    retry_after_s = 1


class UnreadableError(RecoursError):
    """No version of us can parse it. A person acts, at the parked events: HTTP 400."""
