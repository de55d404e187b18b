"""What every KeptRequests does, in memory and on the server."""

from uuid import uuid4

import pytest

from repositories.errors import IdempotencyKeyReusedError
from repositories.ports.kept_requests import KeptRequests

HASH, OTHER_HASH = "a" * 64, "b" * 64


class KeptRequestsContract:
    """Subclassed with a fixture `kept`."""

    def test_nothing_is_known_of_a_key_that_never_came(self, kept: KeptRequests) -> None:
        assert kept.find(str(uuid4()), HASH) is None

    def test_what_was_kept_first_is_found(self, kept: KeptRequests) -> None:
        key = f"clé {uuid4()}"
        made = {"claim": {"description": "Cassé", "items": [1, 2.5, None]}}
        assert kept.keep(key, HASH, made, 60) == made
        assert kept.find(key, HASH) == made
        assert kept.keep(key, HASH, {"claim": "another"}, 60) == made

    def test_a_key_with_another_request_is_refused(self, kept: KeptRequests) -> None:
        key = str(uuid4())
        kept.keep(key, HASH, {}, 60)
        with pytest.raises(IdempotencyKeyReusedError):
            kept.find(key, OTHER_HASH)
        with pytest.raises(IdempotencyKeyReusedError):
            kept.keep(key, OTHER_HASH, {}, 60)
