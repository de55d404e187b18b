"""Which addresses can be written to."""

import pytest

from functions.notification.addresses import read_email, read_phone


@pytest.mark.parametrize("text", ["jean@example.com", "jean.d'arc+claims@sub.example.co", "a@b.ca", "x_1@a-b.example"])
def test_an_ordinary_address_is_taken_as_it_is(text: str) -> None:
    assert read_email(text) == text


def test_space_around_an_address_is_dropped() -> None:
    assert read_email("  jean@example.com\n") == "jean@example.com"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "   ",
        "jean",
        "jean@",
        "@example.com",
        "jean@localhost",
        "jean@@example.com",
        "jean@exa mple.com",
        "jean@example.com\nBcc: eve@example.com",
        "jean@example.com, eve@example.com",
        "Jean <jean@example.com>",
        ".jean@example.com",
        "jean..x@example.com",
        "jean@-example.com",
        "jean@example..com",
        "jéan@example.com",
        "j" * 65 + "@example.com",
        "jean@" + "a" * 64 + ".com",
        "j@" + ".".join(["a" * 60] * 5) + ".com",
    ],
)
def test_what_no_mail_can_be_sent_to_is_not_an_address(text: str | None) -> None:
    assert read_email(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+33 6 12 34 56 12", "+33612345612"),
        ("06.12.34.56.12", "0612345612"),
        ("(514) 555-0199", "5145550199"),
        ("+1 514 555 0199", "+15145550199"),
    ],
)
def test_a_number_is_its_digits(text: str, number: str) -> None:
    assert read_phone(text) == number


@pytest.mark.parametrize("text", [None, "", "12345", "+33 6 12x4 56 12", "٠٦١٢٣٤٥٦١٢", "1" * 16, "+", "06\n12345612"])
def test_what_no_phone_has_is_not_a_number(text: str | None) -> None:
    assert read_phone(text) is None
