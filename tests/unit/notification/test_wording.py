"""What the messages say, in both languages."""

from itertools import product

import pytest

from envelope import read_payload
from functions.notification.rules import RULES, AgentPolicy, notifications_for
from functions.notification.wording import TEMPLATES, TemplateName, one_line, render, short_name
from repositories.ports.contacts import Contact, Language
from tests.unit.notification.claim_life import DATA, EVENT_TYPES, NOW, event

LANGUAGES: tuple[Language, ...] = ("fr", "en")
LONG_CLAIM_ID = "claim_" + "0" * 32
# What the first version of each payload demanded; everything else may be missing.
NEEDED = {"customer_id", "claim_type", "description", "agent_id", "resolution"}
SMS_LENGTH_MAX = 160  # one message of the GSM alphabet


def texts(event_type: str, language: Language, data: dict[str, object]) -> list[tuple[str | None, str]]:
    """Subject and text of each of the event's notifications."""
    envelope = event(event_type, aggregate_id=LONG_CLAIM_ID, data=data)
    contact = Contact(LONG_CLAIM_ID, "cust_1", "Zoé Müller", "zoe@example.com", "+33612345612", language)
    agents = AgentPolicy("{agent_id}@example.com", language)
    planned = notifications_for(envelope, read_payload(envelope), contact, agents, NOW)
    return [(each.subject, each.text) for each in planned]


@pytest.mark.parametrize(("event_type", "language"), list(product(EVENT_TYPES, LANGUAGES)))
@pytest.mark.parametrize("needed_only", [False, True])
def test_every_event_can_be_told_in_both_languages(event_type: str, language: Language, needed_only: bool) -> None:
    data = {name: value for name, value in DATA[event_type].items() if not needed_only or name in NEEDED}
    told = texts(event_type, language, data)
    assert len(told) == len(RULES[type(read_payload(event(event_type)))])
    for subject, text in told:
        assert LONG_CLAIM_ID in (subject or text)
        for part in (subject or "", text):
            assert "$" not in part
            assert "None" not in part
            assert not part.startswith((" ", "\n"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_sms_fits_into_one_message(language: Language) -> None:
    (_, (subject, text)) = texts("ReclamationCreee", language, DATA["ReclamationCreee"])
    assert subject is None
    assert len(text) <= SMS_LENGTH_MAX
    assert "\n" not in text


def test_both_languages_have_the_same_templates() -> None:
    french, english = ({path.name for path in (TEMPLATES / language).iterdir()} for language in LANGUAGES)
    assert french == english
    assert len(french) == sum(len(rules) for rules in RULES.values())


def test_a_line_about_something_unknown_is_left_out() -> None:
    with_order = {**DATA["ReclamationCreee"], "order_id": "order_45678"}
    without = {**DATA["ReclamationCreee"], "order_id": None}
    assert "Commande : order_45678" in texts("ReclamationCreee", "fr", with_order)[0][1]
    assert "Commande" not in texts("ReclamationCreee", "fr", without)[0][1]


def test_the_follow_up_is_announced_only_where_there_will_be_one() -> None:
    assert "recontacterons" in texts("ReclamationResolue", "fr", DATA["ReclamationResolue"])[0][1]
    assert "recontacterons" not in texts("ReclamationResolue", "fr", {"resolution": "Remplacé"})[0][1]


def test_what_people_write_is_never_read_as_a_template() -> None:
    ((_, text),) = texts("ReclamationResolue", "fr", {"resolution": "50 $ et ${claim_id} et $resolution"})
    assert "50 $ et ${claim_id} et $resolution" in text


def test_a_name_that_a_template_uses_must_be_given() -> None:
    with pytest.raises(KeyError):
        render(TemplateName("fr", "ReclamationResolue", "customer", "email"), {"claim_id": "claim_1"})


@pytest.mark.parametrize("text", ["a\r\nb", "a\nb", "a\u2028b", "a\u0085b", "a\x00b", "a \t\v b", " a\nb "])
def test_one_line_is_one_line(text: str) -> None:
    assert one_line(text) == "a b"


def test_a_name_is_short_and_one_line_or_none() -> None:
    assert short_name("Zoé\nMüller") == "Zoé Müller"
    assert short_name(" \n ") is None
    assert short_name(None) is None
    assert len(short_name("x" * 1000) or "") == 100
