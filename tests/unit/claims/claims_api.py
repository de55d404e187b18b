"""The claims service's HTTP functions over any log, for tests that speak HTTP."""

import json
from dataclasses import dataclass
from typing import Any

from chalice.test import Client

from functions.claims.app import app

NEW_CLAIM: dict[str, Any] = {
    "customer_id": "cust_12345",
    "claim_type": "product_defect",
    "description": "Produit défectueux reçu",
}
AGENT: dict[str, Any] = {"agent_id": "agent_smith", "agent_name": "John Smith"}
RESOLUTION: dict[str, Any] = {"resolution": "Produit remplacé par un neuf"}


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; the headers by their names in small letters."""

    status: int
    body: Any
    headers: dict[str, str]


class ClaimsApi:
    """Sends requests to the app in this process."""

    def __init__(self) -> None:
        self._http = Client(app).http

    def get(self, path: str, **headers: str) -> Answer:
        return self._answer(self._http.get(path, headers=_named(headers)))

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        raw = b"" if body is None else json.dumps(body).encode()
        return self.post_raw(path, raw, **headers)

    def post_raw(self, path: str, raw: bytes, content_type: str = "application/json", **headers: str) -> Answer:
        named = {"Content-Type": content_type, **_named(headers)}
        return self._answer(self._http.post(path, headers=named, body=raw))

    def claim(self, status: str = "created") -> str:
        """The id of a new claim, led to `status` by its commands."""
        answer = self.post("/claims", NEW_CLAIM)
        assert answer.status == 201, answer.body
        claim_id: str = answer.body["claim_id"]
        for reached, (path, body) in STEPS.items():
            if answer.body["status"] == status:
                break
            answer = self.post(f"/claims/{claim_id}/{path}", body)
            assert (answer.status, answer.body["status"]) == (200, reached), answer.body
        assert answer.body["status"] == status
        return claim_id

    def _answer(self, response: Any) -> Answer:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, response.json_body, headers)


STEPS: dict[str, tuple[str, Any]] = {
    "assigned": ("assign", AGENT),
    "in_progress": ("start", None),
    "resolved": ("resolve", RESOLUTION),
    "closed": ("close", {"reason": "Client satisfait"}),
}


def _named(headers: dict[str, str]) -> dict[str, str]:
    """`Idempotency_Key` → `Idempotency-Key`"""
    return {name.replace("_", "-"): value for name, value in headers.items()}
