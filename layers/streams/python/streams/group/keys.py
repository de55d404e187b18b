"""Every name that this layer has on the server, beside the stream. They are stored data: never change one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupKeys:
    """The names of one consumer group of one stream.

    A stream named `{tag}:…` lies in one slot of a cluster; then so do these, and a script may touch them together.
    """

    stream: str
    group: str

    @property
    def parked(self) -> str:
        """The stream of what was set aside."""
        return self._name("parked")

    @property
    def parked_keys(self) -> str:
        """A hash: ordering key → how many of its entries are parked."""
        return f"{self.parked}:keys"

    @property
    def parked_ids(self) -> str:
        """A hash: id in the stream → id in the parked stream."""
        return f"{self.parked}:ids"

    @property
    def retry(self) -> str:
        """A hash: ordering key → the request to deliver its parked entries again, as JSON."""
        return f"{self.parked}:retry"

    @property
    def retried(self) -> str:
        """A hash: parked id → the last retry that failed, as JSON."""
        return f"{self.parked}:retried"

    @property
    def discarded(self) -> str:
        """The stream of what was given up by a person."""
        return self._name("discarded")

    @property
    def checkpoint(self) -> str:
        """A hash: up to where everything of the stream is done in this group."""
        return self._name("checkpoint")

    @property
    def window(self) -> str:
        """A hash: the tumbling window under way, and its state."""
        return self._name("window")

    def _name(self, kind: str) -> str:
        tag, brace, _ = self.stream.partition("}")
        prefix = f"{tag}{brace}:" if brace and tag.startswith("{") else ""
        return f"{prefix}events:{kind}:{self.group}"
