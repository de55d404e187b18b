"""Nobody's name, address or number stands in a log, whichever way it came in."""

import json
import logging
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel

from metrics.logs import JsonLineFormatter
from metrics.personal import MASK, mask_facts, mask_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("550 no such user jean.dupont+x@mail.example.com here", "550 no such user *** here"),
        ("<aline@example.com>", "<***>"),
        ("to +33612345612", "to ***"),
        ("to +1 (514) 555-0100.", "to ***."),
        ("appeler 06 12 34 56 12 demain", "appeler *** demain"),
        ("0612345612", "***"),
        ("06\u00a012\u00a034\u00a056\u00a012", "***"),
        ("00 33 6 12 34 56 12", "***"),
        ("o'neil@example.com", "***"),
        ("root@localhost refused", "*** refused"),
        (
            "connection to postgresql://recours:s3cret@db:5432/recours",
            "connection to postgresql://***:***@db:5432/recours",
        ),
    ],
)
def test_addresses_and_numbers_are_masked_in_any_text(text: str, shown: str) -> None:
    assert mask_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        '"timestamp":"2026-01-31T12:00:00.123456Z"',
        "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "claim_0612345612",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        '"position":1234567890,"duration_ms":0.612345612',
        "1700000000000-0",
        "127.0.0.1:8101",
        "a+b, 2 + 3",
        "fault error:0.1@ClaimsFunction",
    ],
)
def test_ids_times_and_positions_stay_whole(text: str) -> None:
    assert mask_text(text) == text


def test_what_a_personal_key_holds_is_masked_however_deep_it_stands() -> None:
    facts = {"customer": {"email": "a@b.example", "id": "cust_1"}, "said": [{"description": "cassé"}], "phone": None}
    assert mask_facts(facts) == {
        "customer": {"email": MASK, "id": "cust_1"},
        "said": [{"description": MASK}],
        "phone": None,
    }


@dataclass
class Customer:
    name: str
    id: str = "cust_1"


class Model(BaseModel):
    phone: str
    name: str


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"told": {"name": "Aline", "email": None}}, {"told": {"name": MASK, "email": None}}),
        ({"told": {"name": "ClaimsFunction"}}, {"told": {"name": "ClaimsFunction"}}),
        ({"told": Model(phone="1", name="Aline")}, {"told": {"phone": MASK, "name": MASK}}),
        ({"customer": [Customer("Aline")]}, {"customer": [{"name": MASK, "id": "cust_1"}]}),
        ({"agent_name": "Aline", "name": "query"}, {"agent_name": MASK, "name": "query"}),
    ],
)
def test_a_persons_name_is_masked_and_nothing_elses(facts: dict[str, Any], shown: dict[str, Any]) -> None:
    assert mask_facts(facts) == shown


def test_a_line_with_a_trace_is_masked_and_still_json() -> None:
    formatter = JsonLineFormatter(log_record_order=["level", "timestamp", "message"])
    error = ValueError("refused: aline@example.com, +33612345612")
    record = logging.LogRecord("recours", logging.ERROR, __file__, 1, "request failed", None, (ValueError, error, None))
    written = formatter.format(record)
    assert "aline" not in written
    assert "33612345612" not in written
    assert json.loads(written)["exception_name"] == "ValueError"


@pytest.mark.parametrize("between", ["\n", "\t", '"', "\\"])
def test_what_stands_behind_an_escape_is_masked_and_the_line_stays_json(between: str) -> None:
    formatter = JsonLineFormatter(log_record_order=["level", "timestamp", "message"])
    record = logging.LogRecord("recours", logging.INFO, __file__, 1, "request answered", None, None)
    record.claim_id = f"x{between}+33612345678"
    record.path = f"/claims/{between}marie@exemple.fr"
    line = json.loads(formatter.format(record))
    assert line["claim_id"] == f"x{between}***"
    assert line["path"] == f"/claims/{between}***"
