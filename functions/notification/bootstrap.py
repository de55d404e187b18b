"""Settings to adapters to services: the only file of the service that names MongoDB, SMTP and the SMS provider."""

from functools import cache

from pydantic import BaseModel, SecretStr, field_validator
from pymongo.database import Database

from functions.notification.mail import read_sender
from functions.notification.outbox import Transports
from functions.notification.reading import NotificationReader
from functions.notification.rules import AgentPolicy
from functions.notification.service import Notifier
from functions.notification.sms import HttpSms
from functions.notification.smtp import SmtpMailer, read_smtp_url
from handlers.settings import read_settings
from metrics.tracing import traced, traced_sends
from repositories.mongo.client import Document, client_for, ping
from repositories.mongo.contacts import MongoContactStore
from repositories.mongo.notifications import MongoNotificationStore
from repositories.ports.contacts import Language

DATABASE = "notifications"


class Settings(BaseModel, frozen=True):
    """What the HTTP function needs."""

    mongo_url: SecretStr


class SubscriberSettings(Settings, frozen=True):
    """What the subscriber needs besides."""

    smtp_url: SecretStr
    sms_url: SecretStr
    mail_from: str
    agent_email_pattern: str
    agent_language: Language = "fr"

    @field_validator("smtp_url")
    @classmethod
    def _is_smtp(cls, url: SecretStr) -> SecretStr:
        read_smtp_url(url.get_secret_value())
        return url

    @field_validator("sms_url")
    @classmethod
    def _is_http(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("must be http://… or https://…")
        return url

    @field_validator("mail_from")
    @classmethod
    def _is_address(cls, sender: str) -> str:
        read_sender(sender)
        return sender

    @field_validator("agent_email_pattern")
    @classmethod
    def _names_the_agent(cls, pattern: str) -> str:
        if "{agent_id}" not in pattern:
            raise ValueError("must hold {agent_id}")
        return pattern


@cache
def service() -> NotificationReader:
    """What the HTTP function works with."""
    notifications = MongoNotificationStore(_database(read_settings(Settings)))
    return NotificationReader(traced(notifications, "notifications", "mongodb"))


@cache
def notifier() -> Notifier:
    """What the subscriber works with. It writes, so it makes the indexes. Raises StoreUnavailableError."""
    settings = read_settings(SubscriberSettings)
    database = _database(settings)
    notifications = MongoNotificationStore(database)
    notifications.create_indexes()
    agents = AgentPolicy(settings.agent_email_pattern, settings.agent_language)
    contacts = traced(MongoContactStore(database), "contacts", "mongodb")
    kept = traced(notifications, "notifications", "mongodb")
    return Notifier(contacts, kept, _transports(settings), agents)


def check_mongodb() -> None:
    """Raise StoreUnavailableError when MongoDB does not answer."""
    ping(read_settings(Settings).mongo_url.get_secret_value())


def _transports(settings: SubscriberSettings) -> Transports:
    sender = read_sender(settings.mail_from)
    address = read_smtp_url(settings.smtp_url.get_secret_value())
    return Transports(
        mail=traced_sends(SmtpMailer(address, helo=sender.domain), "mail", "smtp"),
        sms=traced_sends(HttpSms(settings.sms_url.get_secret_value()), "sms", "http"),
        sender=sender,
    )


def _database(settings: Settings) -> Database[Document]:
    return client_for(settings.mongo_url.get_secret_value())[DATABASE]
