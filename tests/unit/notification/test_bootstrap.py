"""The settings say which of them is wrong, and never what a secret was."""

import pytest

from functions.notification.bootstrap import Settings, SubscriberSettings
from handlers.settings import SettingsError, read_settings

RIGHT = {
    "MONGO_URL": "mongodb://127.0.0.1:1",
    "SMTP_URL": "smtp://user:secret@127.0.0.1:1025",
    "SMS_URL": "http://127.0.0.1:1/sms",
    "MAIL_FROM": "Service réclamations <reclamations@recours.example>",
    "AGENT_EMAIL_PATTERN": "{agent_id}@agents.recours.example",
}


def test_the_http_function_needs_mongodb_alone() -> None:
    assert read_settings(Settings, {"MONGO_URL": "mongodb://x"}).mongo_url.get_secret_value() == "mongodb://x"


def test_the_subscriber_has_all_it_needs_from_the_template() -> None:
    settings = read_settings(SubscriberSettings, RIGHT)
    assert settings.agent_language == "fr"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "http://secret@host"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://secret@host?tls"),
        ("SMTP_URL", "smtp://user@host:port"),
        ("SMTP_URL", "smtp://user:secret/2@host"),
        ("SMS_URL", "ftp://secret"),
        ("MAIL_FROM", "nobody"),
        ("AGENT_EMAIL_PATTERN", "agents@example.com"),
        ("AGENT_LANGUAGE", "de"),
    ],
)
def test_a_wrong_setting_is_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        read_settings(SubscriberSettings, {**RIGHT, name: value})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_a_missing_setting_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        read_settings(SubscriberSettings, {key: value for key, value in RIGHT.items() if key != name})
