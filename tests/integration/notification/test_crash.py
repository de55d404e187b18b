"""The subscriber as a process of its own, killed between writing, sending and marking; then the event comes again.

The servers are real. They pull the trigger: at that moment the child is exactly where the test wants it to be.
"""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from envelope import Envelope
from functions.notification.bootstrap import DATABASE
from local.servers import embedded_server
from repositories.mongo.client import client_for
from repositories.mongo.notifications import MongoNotificationStore
from repositories.ports.notifications import Notification, NotificationFilter
from tests.integration.notification.mail_server import Mailbox, SmsProvider, sms_server, smtp_server
from tests.unit.notification.claim_life import enriched, event
from tests.unit.notification.test_events import batch

HANDLE = """
import json, sys
from functions.notification.events import handler
print(json.dumps(handler(json.load(sys.stdin), None)))
"""

KILLED_BEFORE_REMOVING = """
import os, signal
from pymongo.collection import Collection
Collection.delete_many = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass
class Scene:
    """Servers for one test, and how to run the handler against them."""

    mailbox: Mailbox
    provider: SmsProvider
    environment: dict[str, str]
    child: subprocess.Popen[str] | None = None
    logged: list[str] = field(default_factory=list)

    def run(self, *envelopes: Envelope, prepare: str = "") -> tuple[int, Any]:
        """Handle the events as one batch in a new process, which runs `prepare` before.

        Returns its exit code and its answer, or None if it died.
        """
        self.child = subprocess.Popen(
            [sys.executable, "-c", prepare + HANDLE],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        out, _ = self.child.communicate(json.dumps(batch(*envelopes)), timeout=60)
        *logged, answer = out.splitlines() if self.child.returncode == 0 else [*out.splitlines(), "null"]
        self.logged += logged
        return self.child.returncode, json.loads(answer)

    def run_and_fail(self, *envelopes: Envelope) -> tuple[list[str], str]:
        """As `run`, where the handler reports failures: their ids, and the type of the first one's error."""
        code, answer = self.run(*envelopes)
        assert code == 0
        failures = answer["batchItemFailures"]
        return [failure["itemIdentifier"] for failure in failures], failures[0]["error"]["errorType"]

    def kill_child(self) -> None:
        """As the kernel or an operator would: no goodbye, no clean-up."""
        assert self.child is not None
        self.child.send_signal(signal.SIGKILL)
        self.child.wait()


@pytest.fixture
def scene(mongo_url: str, unused_port: int) -> Iterator[Scene]:
    mailbox = Mailbox()
    with smtp_server(mailbox, port=unused_port), sms_server() as provider:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "SERVICE_NAME": "notification",
            "MONGO_URL": mongo_url,
            "SMTP_URL": f"smtp://127.0.0.1:{unused_port}",
            "SMS_URL": provider.url,
            "MAIL_FROM": "Réclamations <claims@example.com>",
            "AGENT_EMAIL_PATTERN": "{agent_id}@agents.example.com",
        }
        yield Scene(mailbox, provider, environment)


@pytest.fixture
def created() -> Envelope:
    """The first event of a claim that no other test has."""
    return event("ReclamationCreee", event_id=str(uuid4()), aggregate_id=f"claim_{uuid4().hex}")


def kept(mongo_url: str, envelope: Envelope) -> dict[str, Notification]:
    """The event's notifications by channel."""
    store = MongoNotificationStore(client_for(mongo_url)[DATABASE])
    found = store.find(NotificationFilter(claim_id=envelope.aggregate_id), limit=10)
    return {each.channel: each for each in found}


def test_a_process_that_lives_sends_each_once(scene: Scene, mongo_url: str, created: Envelope) -> None:
    for _ in range(2):
        assert scene.run(created) == (0, {"batchItemFailures": []})
    assert (len(scene.mailbox.messages), len(scene.provider.messages)) == (1, 1)
    assert {each.status for each in kept(mongo_url, created).values()} == {"sent"}


def test_the_log_tells_what_was_sent_and_to_nobody_by_name(scene: Scene, created: Envelope) -> None:
    scene.mailbox.answers["RCPT"] = "550 zoe@example.com unknown"
    scene.run(created)
    scene.mailbox.answers.clear()
    scene.run(event("ReclamationResolue", event_id=str(uuid4()), aggregate_id=created.aggregate_id))
    messages = [json.loads(line)["message"] for line in scene.logged]
    assert {"notification sent", "notification refused", "event processed"} <= set(messages)
    for secret in ("zoe", "Zoé", "Zo\\u00e9", "612345612"):
        assert secret not in "\n".join(scene.logged)


def test_killed_after_writing_it_is_sent_by_the_next_delivery(scene: Scene, mongo_url: str, created: Envelope) -> None:
    scene.mailbox.before_answer["EHLO"] = scene.kill_child
    assert scene.run(created) == (-signal.SIGKILL, None)
    assert (scene.mailbox.messages, kept(mongo_url, created)["email"].status) == ([], "pending")

    scene.mailbox.before_answer.clear()
    assert scene.run(created) == (0, {"batchItemFailures": []})
    assert (len(scene.mailbox.messages), len(scene.provider.messages)) == (1, 1)
    email = kept(mongo_url, created)["email"]
    assert (email.status, email.attempts) == ("sent", 2)


def test_killed_after_sending_it_is_sent_again_under_the_same_message_id(
    scene: Scene, mongo_url: str, created: Envelope
) -> None:
    scene.mailbox.before_answer["DATA"] = scene.kill_child
    assert scene.run(created) == (-signal.SIGKILL, None)
    assert kept(mongo_url, created)["email"].status == "pending"

    scene.mailbox.before_answer.clear()
    assert scene.run(created) == (0, {"batchItemFailures": []})
    first, second = scene.mailbox.messages
    assert first.as_bytes() == second.as_bytes()
    email = kept(mongo_url, created)["email"]
    assert set(scene.mailbox.message_ids) == {f"<{email.reference}@recours>"}
    assert (email.status, email.attempts) == ("sent", 2)


def test_killed_at_the_sms_both_are_sent_again_under_the_same_ids(
    scene: Scene, mongo_url: str, created: Envelope
) -> None:
    scene.provider.before_answer = scene.kill_child
    assert scene.run(created) == (-signal.SIGKILL, None)
    before = kept(mongo_url, created)
    assert before["sms"].status == "pending"

    scene.provider.before_answer = None
    assert scene.run(created) == (0, {"batchItemFailures": []})
    assert set(scene.mailbox.message_ids) == {f"<{before['email'].reference}@recours>"}
    assert [message["reference"] for message in scene.provider.messages] == [before["sms"].reference] * 2
    after = kept(mongo_url, created)
    assert (after["sms"].status, after["sms"].attempts, after["email"].status) == ("sent", 2, "sent")


def test_killed_in_the_middle_of_a_group_only_that_group_is_sent_again(scene: Scene, mongo_url: str) -> None:
    assigned = [
        event("ReclamationAffectee", event_id=str(uuid4()), aggregate_id=f"claim_{uuid4().hex}") for _ in range(40)
    ]

    def kill_at_the_35th() -> None:
        if len(scene.mailbox.messages) == 35:
            scene.kill_child()

    scene.mailbox.before_answer["DATA"] = kill_at_the_35th
    assert scene.run(*assigned) == (-signal.SIGKILL, None)
    before = [kept(mongo_url, each)["email"] for each in assigned]
    assert [each.status for each in before].count("sent") >= 35 - 25
    unmarked = [f"<{each.reference}@recours>" for each in before[:35] if each.status == "pending"]
    assert 1 <= len(unmarked) <= 25
    assert {each.status for each in before[35:]} == {"pending"}

    scene.mailbox.before_answer.clear()
    assert scene.run(*assigned) == (0, {"batchItemFailures": []})
    times = Counter(scene.mailbox.message_ids)
    assert len(times) == 40
    assert [message_id for message_id, count in times.items() if count > 1] == unmarked
    assert max(times.values()) == 2
    assert {kept(mongo_url, each)["email"].status for each in assigned} == {"sent"}


def test_a_store_that_goes_down_before_the_mark_makes_the_event_come_again(
    scene: Scene, tmp_path: Path, created: Envelope
) -> None:
    with ExitStack() as mongo:
        scene.environment["MONGO_URL"] = mongo.enter_context(embedded_server("mongo", tmp_path))
        scene.mailbox.before_answer["DATA"] = mongo.close
        resolved = event("ReclamationResolue", event_id=str(uuid4()), aggregate_id=created.aggregate_id)
        assert scene.run_and_fail(created, resolved) == (["1-0", "2-0"], "StoreUnavailableError")
    scene.mailbox.before_answer.clear()
    sent = len(scene.mailbox.messages)

    with embedded_server("mongo", tmp_path) as mongo_url:
        scene.environment["MONGO_URL"] = mongo_url
        assert scene.run(created, resolved) == (0, {"batchItemFailures": []})
        store = MongoNotificationStore(client_for(mongo_url)[DATABASE])
        found = store.find(NotificationFilter(claim_id=created.aggregate_id), limit=10)
        client_for(mongo_url).close()
    assert [(each.status, each.attempts) for each in found] == [("sent", 2)] * 3
    assert set(scene.mailbox.message_ids) == {
        f"<{each.reference}@recours>" for each in found if each.channel == "email"
    }
    assert len(scene.mailbox.messages) == sent + 2


def test_a_mail_server_that_is_down_makes_the_event_come_again(scene: Scene, mongo_url: str, created: Envelope) -> None:
    scene.mailbox.answers["MAIL"] = "451 later"
    assert scene.run_and_fail(created) == (["1-0"], "UnsentError")
    email = kept(mongo_url, created)["email"]
    assert (email.status, email.last_error) == ("pending", "the mail server put it off: 451")

    scene.mailbox.answers.clear()
    assert scene.run(created) == (0, {"batchItemFailures": []})
    assert (len(scene.mailbox.messages), len(scene.provider.messages)) == (1, 1)


def test_a_recipient_whom_the_server_refuses_is_not_tried_again(
    scene: Scene, mongo_url: str, created: Envelope
) -> None:
    scene.mailbox.answers["RCPT"] = "550 unknown"
    assert scene.run(created) == (0, {"batchItemFailures": []})
    scene.mailbox.answers.clear()
    assert scene.run(created) == (0, {"batchItemFailures": []})
    email = kept(mongo_url, created)["email"]
    assert (email.status, email.reason, email.attempts) == ("failed", "the mail server refused it: 550", 1)
    assert scene.mailbox.messages == []


@pytest.fixture
def bare() -> Envelope:
    """The first event of a claim that nobody else has, and whose customer nobody knows."""
    changes = {"customer_id": "customer_of_order_45678", "customer": None}
    return event("ReclamationCreee", changes, event_id=str(uuid4()), aggregate_id=f"claim_{uuid4().hex}")


@pytest.fixture
def context(bare: Envelope) -> Envelope:
    """What is learnt of it."""
    return enriched({"claim_id": bare.aggregate_id, "customer_id": "cust_12345"}, event_id=str(uuid4()))


def recipients(mongo_url: str, envelope: Envelope) -> list[str]:
    """Whom the claim's notifications are for, `none` where there is nobody, with how they stand."""
    store = MongoNotificationStore(client_for(mongo_url)[DATABASE])
    found = store.find(NotificationFilter(claim_id=envelope.aggregate_id), limit=10)
    return sorted(f"{each.channel} {each.recipient or 'none'} {each.status}" for each in found)


SENT = ["email zoe@example.com sent", "sms +33612345612 sent"]
PENDING = ["email zoe@example.com pending", "sms +33612345612 pending"]


@pytest.mark.parametrize("comes_again", ["context", "claim and context", "context and claim"])
def test_killed_between_writing_and_removing_what_had_no_recipient_each_is_sent_once(
    scene: Scene, mongo_url: str, bare: Envelope, context: Envelope, comes_again: str
) -> None:
    assert scene.run(bare) == (0, {"batchItemFailures": []})
    assert scene.run(context, prepare=KILLED_BEFORE_REMOVING) == (-signal.SIGKILL, None)
    nobody = ["email none failed", "sms none failed"]
    assert recipients(mongo_url, bare) == sorted(nobody + PENDING)

    again = {"context": [context], "claim and context": [bare, context], "context and claim": [context, bare]}
    assert scene.run(*again[comes_again]) == (0, {"batchItemFailures": []})
    assert recipients(mongo_url, bare) == SENT
    assert (len(scene.mailbox.messages), len(scene.provider.messages)) == (1, 1)


def test_killed_between_removing_and_sending_the_context_comes_again_and_sends(
    scene: Scene, mongo_url: str, bare: Envelope, context: Envelope
) -> None:
    assert scene.run(bare) == (0, {"batchItemFailures": []})
    scene.mailbox.before_answer["EHLO"] = scene.kill_child
    assert scene.run(context) == (-signal.SIGKILL, None)
    assert recipients(mongo_url, bare) == PENDING

    scene.mailbox.before_answer.clear()
    assert scene.run(bare) == (0, {"batchItemFailures": []})
    assert (recipients(mongo_url, bare), scene.mailbox.messages) == (PENDING, [])
    for _ in range(2):
        assert scene.run(context) == (0, {"batchItemFailures": []})
    assert recipients(mongo_url, bare) == SENT
    assert (len(scene.mailbox.messages), len(scene.provider.messages)) == (1, 1)
    email = kept(mongo_url, bare)["email"]
    assert (scene.mailbox.message_ids, email.attempts) == ([f"<{email.reference}@recours>"], 2)


def test_killed_after_sending_to_whom_was_learnt_it_is_sent_again_under_the_same_message_id(
    scene: Scene, mongo_url: str, bare: Envelope, context: Envelope
) -> None:
    assert scene.run(bare) == (0, {"batchItemFailures": []})
    scene.mailbox.before_answer["DATA"] = scene.kill_child
    assert scene.run(context) == (-signal.SIGKILL, None)

    scene.mailbox.before_answer.clear()
    assert scene.run(context) == (0, {"batchItemFailures": []})
    first, second = scene.mailbox.messages
    assert first.as_bytes() == second.as_bytes()
    assert recipients(mongo_url, bare) == SENT


def test_a_context_that_came_before_its_claim_leaves_nothing_without_recipient(
    scene: Scene, mongo_url: str, bare: Envelope, context: Envelope
) -> None:
    for each in (context, bare, context):
        assert scene.run(each) == (0, {"batchItemFailures": []})
    assert recipients(mongo_url, bare) == SENT
    assert kept(mongo_url, bare)["sms"].customer_id == "cust_12345"
    assert (len(scene.mailbox.messages), len(scene.provider.messages)) == (1, 1)


def test_the_log_names_nobody_whom_a_context_told_of(scene: Scene, bare: Envelope, context: Envelope) -> None:
    scene.run(bare)
    scene.run(context)
    assert any(json.loads(line)["message"] == "notification sent" for line in scene.logged)
    for secret in ("zoe", "Zoé", "Zo\\u00e9", "612345612"):
        assert secret not in "\n".join(scene.logged)
