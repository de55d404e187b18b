"""The load test notices what is missing, doubled, in the wrong order, or somebody else's."""

from typing import Any

import pytest

from local.loadtest.scenario import EVENT_TYPES, LoadedClaim
from local.loadtest.views import check_archive, check_audit, check_notifications, check_read_model

CLAIM = LoadedClaim("run", 1, "claim_1", [f"event_{version}" for version in range(1, 6)])


def entries(*versions: int, **changed: Any) -> list[dict[str, Any]]:
    return [
        {
            "version": version,
            "event_id": f"event_{version}",
            "event_type": EVENT_TYPES[version - 1],
            "correlation_id": CLAIM.correlation_id,
            "processing_latency_seconds": 0.01,
            **changed,
        }
        for version in versions
    ]


def notifications(emails: int = 4, texts: int = 1, status: str = "sent") -> list[dict[str, Any]]:
    kinds = ["email"] * emails + ["sms"] * texts
    return [{"type": kind, "status": status, "correlation_id": CLAIM.correlation_id} for kind in kinds]


def test_five_events_in_order_are_right() -> None:
    assert check_archive(CLAIM, {"events": entries(1, 2, 3, 4, 5)}) is None
    assert check_audit(CLAIM, {"audit_trail": entries(1, 2, 3, 4, 5)}) is None


def test_a_missing_event_may_still_come() -> None:
    finding = check_archive(CLAIM, {"events": entries(1, 2, 3)})
    assert finding is not None
    assert not finding.is_final


@pytest.mark.parametrize("versions", [(1, 2, 3, 4, 5, 5), (1, 2, 2, 3, 4), (1, 2, 3, 5, 4)])
def test_a_doubled_or_misplaced_event_is_wrong_for_good(versions: tuple[int, ...]) -> None:
    finding = check_archive(CLAIM, {"events": entries(*versions)})
    assert finding is not None
    assert finding.is_final


@pytest.mark.parametrize(
    "changed", [{"event_id": "other"}, {"event_type": EVENT_TYPES[0]}, {"correlation_id": "other"}]
)
def test_an_event_that_is_not_the_acknowledged_one_is_wrong(changed: dict[str, str]) -> None:
    finding = check_archive(CLAIM, {"events": entries(1, 2, 3, 4, 5, **changed)})
    assert finding is not None
    assert finding.is_final


def test_a_negative_latency_is_wrong() -> None:
    assert check_audit(CLAIM, {"audit_trail": entries(1, 2, 3, 4, 5, processing_latency_seconds=-1)}) is not None


def test_a_read_model_must_be_closed_at_version_5_with_its_history() -> None:
    right = {"status": "closed", "version": 5, "history": [{}] * 5}
    assert check_read_model(CLAIM, right) is None
    behind = check_read_model(CLAIM, right | {"status": "resolved", "version": 4})
    assert behind is not None
    assert not behind.is_final
    too_much: tuple[dict[str, Any], ...] = ({"version": 6}, {"history": [{}] * 6})
    for wrong in too_much:
        finding = check_read_model(CLAIM, right | wrong)
        assert finding is not None
        assert finding.is_final


def test_five_sent_notifications_are_right() -> None:
    assert check_notifications(CLAIM, {"notifications": notifications()}) is None


def test_a_pending_or_missing_notification_may_still_be_sent() -> None:
    for waiting in (notifications(status="pending"), notifications(emails=2)):
        finding = check_notifications(CLAIM, {"notifications": waiting})
        assert finding is not None
        assert not finding.is_final


def test_a_failed_or_doubled_notification_is_wrong_for_good() -> None:
    for wrong in (notifications(emails=5), notifications(status="failed"), notifications(emails=3, texts=2)):
        finding = check_notifications(CLAIM, {"notifications": wrong})
        assert finding is not None
        assert finding.is_final
