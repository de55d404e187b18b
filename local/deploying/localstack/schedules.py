"""Rules of EventBridge that invoke a function by the clock."""

from collections.abc import Mapping

from local.deploying.changes import Change, change_of
from local.deploying.localstack.lookups import found
from local.deploying.localstack.site import Client, Site
from local.deploying.wanted.model import Schedule


def deploy_schedule(site: Site, schedule: Schedule, function_arn: str) -> Change:
    """Make the rule and its target, or change what differs."""
    client = site.client("events")
    there = found(client.describe_rule, Name=schedule.name)
    target = {"Id": schedule.function, "Arn": function_arn}
    if schedule.input_json is not None:
        target["Input"] = schedule.input_json
    differences = _differences(client, schedule, target, there) if there else []
    if site.acts and (there is None or "schedule" in differences):
        client.put_rule(Name=schedule.name, ScheduleExpression=schedule.expression, State="ENABLED")
    if site.acts and (there is None or "target" in differences):
        client.put_targets(Rule=schedule.name, Targets=[target])
    return change_of("schedule", schedule.name, differences, exists=there is not None, detail=schedule.expression)


def delete_schedule(site: Site, name: str) -> None:
    """Delete the rule with its targets."""
    client = site.client("events")
    targets = [target["Id"] for target in client.list_targets_by_rule(Rule=name)["Targets"]]
    if targets:
        client.remove_targets(Rule=name, Ids=targets)
    client.delete_rule(Name=name)


def _differences(
    client: Client, schedule: Schedule, target: Mapping[str, str], there: Mapping[str, object]
) -> list[str]:
    targets = client.list_targets_by_rule(Rule=schedule.name)["Targets"]
    parts = {
        "schedule": (there.get("ScheduleExpression"), there.get("State")) != (schedule.expression, "ENABLED"),
        "target": target not in targets,
    }
    return [name for name, differs in parts.items() if differs]
