"""Who must have handled every event: the subscribers of the template, by the store that each one fills."""

from collections.abc import Mapping
from dataclasses import dataclass

from functions.notification.rules import AgentPolicy
from local.template import Template
from local.verify.findings import SUBSCRIBED, Store

# The service whose subscriber fills the store.
_SERVICES: dict[str, Store] = {
    "event_store": "archive",
    "audit": "audit",
    "projection": "read_models",
    "notification": "notifications",
}


class SubscribersError(Exception):
    """The template does not say who fills a store, so nothing can be said about that store."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One group on one stream."""

    stream: str
    group: str


@dataclass(frozen=True, slots=True)
class Subscribers:
    """The subscription behind each store, and how agents are written to where an event has no address."""

    of: Mapping[Store, Subscription]
    agents: AgentPolicy


def read_subscribers(template: Template) -> Subscribers:
    """The subscribers of a template. Raises SubscribersError where a store has none, or has two."""
    found: dict[Store, Subscription] = {}
    agents: AgentPolicy | None = None
    for function in template.functions:
        store = _SERVICES.get(function.service)
        if store is None or function.mapping is None:
            continue
        if store in found:
            raise SubscribersError(f"{template.path.name}: two functions of {function.service} have a stream")
        found[store] = Subscription(str(function.mapping["Stream"]), str(function.mapping["Group"]))
        if store == "notifications":
            agents = _agents(function.environment)
    missing = [store for store in SUBSCRIBED if store not in found]
    if missing or agents is None:
        raise SubscribersError(f"{template.path.name}: no function with a stream fills {', '.join(missing)}")
    return Subscribers(found, agents)


def _agents(environment: Mapping[str, str]) -> AgentPolicy:
    pattern = environment.get("AGENT_EMAIL_PATTERN")
    if not pattern:
        raise SubscribersError("the notification subscriber has no AGENT_EMAIL_PATTERN")
    language = environment.get("AGENT_LANGUAGE", "fr")
    return AgentPolicy(pattern, "en" if language == "en" else "fr")
