"""Who may do what: the one table of roles and routes.

The authorizer makes its policies from it, every handler asks it before it answers, and a test holds it against the
template, so that no route is forgotten. What it says of personal data is in `handlers.masking`.
"""

from typing import Literal, get_args

Role = Literal["customer", "agent", "supervisor", "auditor", "service"]
ROLES: tuple[Role, ...] = get_args(Role)

_SERVICES = ("claims", "notification", "audit", "projection", "query", "event-store", "integration")

# yes: may. own: may, and gets what is theirs alone, for which the service's own code cares. -: may not.
# open: everybody may, without a token. A `*` stands for the base path of every service. The paths of the parked events
# and of the gateway's metrics are the emulator's own: its gateway asks this table too.
_TABLE = """
                                                      customer agent supervisor auditor service
POST /claims-service/claims                                own yes   yes        -       yes
POST /claims-service/claims/batch                          -   -     yes        -       yes
POST /claims-service/claims/{claim_id}                     -   yes   yes        -       -
POST /claims-service/claims/{claim_id}/assign              -   yes   yes        -       -
POST /claims-service/claims/{claim_id}/start               -   yes   yes        -       -
POST /claims-service/claims/{claim_id}/resolve             -   yes   yes        -       -
POST /claims-service/claims/{claim_id}/close               -   -     yes        -       -
GET  /claims-service/claims/{claim_id}                     own yes   yes        yes     yes
GET  /claims-service/claims/{claim_id}/events              own yes   yes        yes     yes
GET  /claims-service/claims/{claim_id}/replay              own yes   yes        yes     yes

GET  /notification-service/notifications                   own yes   yes        yes     -
GET  /notification-service/notifications/stats             -   yes   yes        yes     -
GET  /notification-service/notifications/{notification_id} own yes   yes        yes     -

GET  /audit-service/audit                                  -   -     -          yes     -
GET  /audit-service/audit/stats                            -   -     -          yes     -
GET  /audit-service/audit/performance                      -   -     -          yes     -
GET  /audit-service/audit/claims/{claim_id}                -   -     -          yes     -

GET  /projection-service/projections                       -   -     yes        yes     yes
GET  /projection-service/projections/stats                 -   -     yes        yes     yes

GET  /query-service/claims                                 own yes   yes        yes     -
GET  /query-service/claims/{claim_id}                      own yes   yes        yes     yes
GET  /query-service/claims/customer/{customer_id}          own yes   yes        yes     -
GET  /query-service/claims/agent/{agent_id}                -   yes   yes        yes     -
GET  /query-service/claims/status/{status}                 own yes   yes        yes     -
GET  /query-service/search                                 own yes   yes        yes     -
GET  /query-service/stats                                  -   yes   yes        yes     -
GET  /query-service/stats/customers                        own yes   yes        yes     -
GET  /query-service/stats/agents                           -   yes   yes        yes     -
GET  /query-service/stats/products                         -   yes   yes        yes     -
GET  /query-service/stats/orders                           -   yes   yes        yes     -
GET  /query-service/stats/claim-types                      -   yes   yes        yes     -
GET  /query-service/dashboard                              -   yes   yes        yes     -

GET  /event-store-service/events                           -   -     -          yes     -
GET  /event-store-service/events/type/{event_type}         -   -     -          yes     -
GET  /event-store-service/events/correlation/{correlation_id} - -    -          yes     -
GET  /event-store-service/events/{aggregate_id}            -   -     yes        yes     -
GET  /event-store-service/replay/{aggregate_id}            -   -     yes        yes     -
GET  /event-store-service/replay/{aggregate_id}/diff       -   -     yes        yes     -
POST /event-store-service/snapshots/{aggregate_id}         -   -     yes        -       -
GET  /event-store-service/snapshots/{aggregate_id}         -   -     yes        yes     -
GET  /event-store-service/snapshots                        -   -     yes        yes     -
GET  /event-store-service/statistics                       -   -     -          yes     -

POST /integration-service/integration/claims/from-order    -   yes   yes        -       yes
POST /integration-service/claims/from-order                -   yes   yes        -       yes
GET  /integration-service/integration/orders/{order_id}    -   yes   yes        yes     yes
GET  /integration-service/orders/{order_id}                -   yes   yes        yes     yes
GET  /integration-service/integration/customers/{customer_id} - yes  yes        yes     yes
GET  /integration-service/customers/{customer_id}          -   yes   yes        yes     yes
GET  /integration-service/integration/status               -   yes   yes        yes     yes
GET  /integration-service/status                           -   yes   yes        yes     yes

GET  */health                                              open
GET  */health/ready                                        open
GET  */metrics                                             -   -     yes        yes     yes
GET  */openapi.json                                        open
GET  */docs                                                open
GET  */docs/{asset}                                        open

GET  /metrics                                              -   -     yes        yes     yes
GET  /parked                                               -   -     yes        yes     -
GET  /parked/retries                                       -   -     yes        yes     -
GET  /parked/{parked_id}                                   -   -     yes        yes     -
POST /parked/retry                                         -   -     yes        -       -
POST /parked/{parked_id}/discard                           -   -     yes        -       -
"""

Route = tuple[str, str]
"""Method and path, as the template has them: with the service's base path."""


def _read(table: str) -> tuple[dict[Route, frozenset[Role]], frozenset[Route]]:
    heading, *lines = (line.split() for line in table.strip("\n").splitlines() if line.strip())
    assert tuple(heading) == ROLES
    allowed: dict[Route, frozenset[Role]] = {}
    open_routes: set[Route] = set()
    for method, pattern, *cells in lines:
        for path in _paths(pattern):
            if cells == ["open"]:
                open_routes.add((method, path))
            else:
                told = zip(ROLES, cells, strict=True)
                allowed[method, path] = frozenset(role for role, cell in told if cell in ("yes", "own"))
    return allowed, frozenset(open_routes)


def _paths(pattern: str) -> list[str]:
    if not pattern.startswith("*"):
        return [pattern]
    return [f"/{service}-service{pattern[1:]}" for service in _SERVICES]


ALLOWED, OPEN = _read(_TABLE)
"""The roles that each route lets in, and the routes that ask nobody who they are."""


def is_open(method: str, path: str) -> bool:
    """Whether the route answers without a token."""
    return (method, path) in OPEN


def is_allowed(role: str, method: str, path: str) -> bool:
    """Whether the role may use the route. One that the table does not know is for nobody."""
    return is_open(method, path) or role in ALLOWED.get((method, path), frozenset())
