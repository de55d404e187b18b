"""Every store as the subscribers leave it, on the real servers and without their processes: quick, and still."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, cast

from envelope import Envelope, from_json
from functions.audit.recording import Recording
from functions.event_store.archiving import Archiving
from functions.notification.outbox import Transports
from functions.notification.rules import AgentPolicy
from functions.notification.service import Notifier
from functions.projection.service import Projector
from handlers.batch import Record
from local.servers import ServerUrls
from repositories.mongo.archive import MongoArchive
from repositories.mongo.audit_trail import MongoAuditTrail
from repositories.mongo.client import client_for
from repositories.mongo.contacts import MongoContactStore
from repositories.mongo.notifications import MongoNotificationStore
from repositories.ports.event_log import Append
from repositories.postgres.migrations import migrate
from repositories.postgres.read_model_writer import PostgresReadModelWriter
from repositories.redis_log.connection import connect
from repositories.redis_log.event_log import RedisEventLog

NOW = datetime(2025, 7, 8, 14, 31, tzinfo=UTC)
AGENTS = AgentPolicy("{agent_id}@agents.recours.example")
GROUPS = ("event-store-service", "audit-service", "projection-service", "notification-service")
STREAM = "events:all"


class ForgetfulMail:
    """A MailTransport that takes everything."""

    def send(self, message: EmailMessage) -> None:
        """Taken."""

    def close(self) -> None:
        """Nothing is open."""


class ForgetfulSms:
    """An SmsTransport that takes everything."""

    def send(self, to: str, text: str, reference: str) -> None:
        """Taken."""


class WholeSystem:
    """The log and the four subscribers' use cases over one set of servers."""

    def __init__(self, urls: ServerUrls) -> None:
        self.urls = urls
        self.redis = connect(urls.redis_url, timeout_s=30)
        self.mongo = client_for(urls.mongo_url)
        migrate(urls.postgres_url)
        self._log = RedisEventLog(self.redis)
        self._archiving = Archiving(MongoArchive(self.mongo))
        self._recording = Recording(MongoAuditTrail(self.mongo), lambda: datetime.now(UTC))
        self._writer = PostgresReadModelWriter(urls.postgres_url)
        self._projector = Projector(self._writer)
        database = self.mongo["notifications"]
        notifications = MongoNotificationStore(database)
        notifications.create_indexes()
        transports = Transports(ForgetfulMail(), ForgetfulSms(), Address("Recours", addr_spec="claims@recours.example"))
        self._notifier = Notifier(MongoContactStore(database), notifications, transports, AGENTS, lambda: NOW)
        for group in GROUPS:
            self.redis.xgroup_create(STREAM, group, id="0", mkstream=True)

    def append(self, events: Sequence[Envelope]) -> list[Envelope]:
        """Append to the log, an event at a time; returns them with their positions."""
        answers = self._log.append_many([Append(each.aggregate_id, [each], each.version - 1) for each in events])
        appended: list[Envelope] = []
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
            appended += answer.events
        return appended

    def deliver(self, groups: Sequence[str] = GROUPS, batch_count: int = 500) -> None:
        """Let these groups handle and acknowledge all that they have not read yet."""
        for group in groups:
            while records := self.read(group, batch_count):
                assert not self.handle(group, records)
                self.redis.xack(STREAM, group, *(record.entry_id for record in records))

    def read(self, group: str, count: int) -> list[Record]:
        """Read new entries as the group's poller does, and acknowledge nothing."""
        answer = cast("Any", self.redis.xreadgroup(group, "test", {STREAM: ">"}, count=count))
        entries = answer[0][1] if answer else []
        return [_record(entry_id, fields) for entry_id, fields in entries]

    def handle(self, group: str, records: Sequence[Record]) -> object:
        """Run the group's use case; returns what failed."""
        match group:
            case "event-store-service":
                return self._archiving.archive(records)
            case "audit-service":
                return self._recording.record(records)
            case "projection-service":
                return self._projector.apply(records)
            case _:
                return self._notifier.notify(records, lambda: 60.0)

    def close(self) -> None:
        """Give the connections back."""
        self._writer.close()
        self.redis.close()


def _record(entry_id: bytes, fields: dict[bytes, bytes]) -> Record:
    return Record(entry_id.decode(), from_json(fields[b"event"], int(entry_id.split(b"-")[0])), 1)
