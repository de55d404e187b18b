"""What the two kinds of messages have in common on disk: kept once, each delivery counted.

A message is `<id>.<suffix>`, as its first delivery brought it. The nth delivery of the same message adds
`<id>.delivery-<n>.<suffix>`, so that "sent once" and "sent again" can be told, also after a restart.
"""

import hashlib
from pathlib import Path
from uuid import uuid4

from local.mailcatcher.files import write_whole


def kept_id(identity: str | None) -> str:
    """The id under which a message is kept: the same for the same identity, a new one for a message without."""
    return hashlib.sha256(identity.encode()).hexdigest()[:32] if identity else uuid4().hex


class KeptMessages:
    """A folder of messages of one kind. Not for use from several threads at once."""

    def __init__(self, folder: Path, suffix: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._suffix = suffix

    def keep(self, message_id: str, content: bytes, deliveries_before: int) -> None:
        """Keep one delivery. `deliveries_before` is 0 for a message that is new."""
        name = message_id if not deliveries_before else f"{message_id}.delivery-{deliveries_before + 1}"
        write_whole(self._folder / f"{name}.{self._suffix}", content)

    def content(self, message_id: str) -> bytes:
        """The message as its first delivery brought it. Raises FileNotFoundError."""
        return (self._folder / f"{message_id}.{self._suffix}").read_bytes()

    def all(self) -> list[tuple[str, list[bytes]]]:
        """Every message's id and its deliveries, first delivery first; the messages in the order in which they came."""
        deliveries: dict[str, list[Path]] = {}
        for path in sorted(self._folder.glob(f"[!.]*.{self._suffix}"), key=lambda path: path.stat().st_mtime_ns):
            deliveries.setdefault(path.name.partition(".")[0], []).append(path)
        return [(message_id, [path.read_bytes() for path in paths]) for message_id, paths in deliveries.items()]

    def clear(self) -> None:
        """Delete everything."""
        for path in self._folder.glob(f"*.{self._suffix}*"):
            path.unlink(missing_ok=True)
