"""One correlation id, followed by `./recours logs` through all seven services."""

import json
from uuid import uuid4

import httpx

from tests.system import RunningSystem, eventually, run_recours

ORDER = {"order_id": "order_123", "claim_type": "product_defect", "description": "Produit endommagé", "urgency": "high"}
SERVICES = {"integration", "claims", "notification", "audit", "projection", "event_store", "query"}


def test_one_correlation_id_is_followed_through_seven_services(system: RunningSystem) -> None:
    request = {"X-Correlation-ID": f"demo-{uuid4()}"}
    url = f"{system.url('integration')}/integration/claims/from-order"
    made = httpx.post(url, json=ORDER, headers=request, timeout=30)
    assert made.status_code == 201, made.text
    claim = f"{system.url('query')}/claims/{made.json()['claim_id']}"
    found = eventually(lambda: httpx.get(claim, headers=request, timeout=30), lambda answer: answer.is_success, 30)
    assert found.status_code == 200, found.text

    def said() -> list[dict[str, object]]:
        arguments = ("logs", "--correlation", request["X-Correlation-ID"], "--json", "--data", str(system.data))
        return [json.loads(line) for line in run_recours(*arguments).stdout.splitlines()]

    lines = eventually(said, lambda lines: {line["service"] for line in lines} == SERVICES, 30)
    assert {line["service"] for line in lines} == SERVICES
    assert {line["correlation_id"] for line in lines} == {request["X-Correlation-ID"]}
    answered = [line["service"] for line in lines if line["message"] == "request answered"]
    assert answered[:2] == ["claims", "integration"]
    assert ORDER["description"] not in json.dumps(lines, ensure_ascii=False)
