"""The event that a scheduled function is invoked with."""

import json
from datetime import UTC, datetime

from local.template import Schedule
from local.template.intrinsics import ACCOUNT_ID, REGION


def scheduled_event(schedule: Schedule, scheduled: datetime, event_id: str) -> object:
    """The schedule's `Input`, or EventBridge's own event, whose `time` is the scheduled one to the second.

    Source: "Tutorial: Schedule Lambda functions" in the EventBridge guide. EventBridge Scheduler's event (ScheduleV2)
    differs in its source, and its detail is text.
    """
    if schedule.input_json is not None:
        return json.loads(schedule.input_json)
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Scheduled Event",
        "source": schedule.source,
        "account": ACCOUNT_ID,
        "time": scheduled.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [schedule.arn],
        "detail": {} if schedule.source == "aws.events" else "{}",
    }
