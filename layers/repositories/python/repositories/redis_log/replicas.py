"""Waiting until as many replicas as asked for have a write on disk (WAITAOF)."""

from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.client import Pipeline

from repositories.errors import StoreUnavailableError

WAIT_MS_MAX = 2_000  # below the connection's timeout, so that it is the server that answers


@dataclass(frozen=True, slots=True)
class ReplicaWait:
    """How many replicas must have a write before it is acknowledged."""

    replicas_required: int = 0

    def add_to(self, pipeline: Pipeline) -> None:
        """Ask, after the writes in the pipeline: the server answers for what this connection wrote before."""
        if self.replicas_required:
            pipeline.execute_command("WAITAOF", 1, self.replicas_required, WAIT_MS_MAX)  # type: ignore[no-untyped-call]

    def take_from(self, answers: list[Any]) -> list[Any]:
        """The answers to what came before `add_to`. Raises StoreUnavailableError where replicas were missing."""
        if not self.replicas_required:
            return answers
        *answers, waited = answers
        if isinstance(waited, Exception):
            raise StoreUnavailableError(f"the log cannot tell what its replicas have: {waited}") from waited
        _, replicas = waited
        if replicas < self.replicas_required:
            raise StoreUnavailableError(
                f"{replicas} of {self.replicas_required} replicas have the event in time; whether it stays is unknown: "
                "repeat with the same Idempotency-Key"
            )
        return answers

    def confirm(self, client: "Redis", key: str) -> None:
        """Make sure that replicas have a write that another connection made before: that of `key`, which expires.

        WAITAOF answers for this connection's own writes, so it needs one: the key's time to live is set again.
        """
        if not self.replicas_required:
            return
        remaining_ms = client.pttl(key)
        pipeline = client.pipeline(transaction=False)
        pipeline.pexpire(key, max(remaining_ms, 1))
        self.add_to(pipeline)
        self.take_from(pipeline.execute(raise_on_error=False))
