"""What the authorizer answers API Gateway."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.generate import EVENTS, TOKEN_SECRET
from functions.authorizer import bootstrap
from functions.authorizer.app import handler
from handlers.settings import SettingsError
from tests.unit.authorizer.iam import allows
from tests.unit.authorizer.keys import EC_KEY, OTHER_RSA_KEY, RSA_KEY, SECRET, claims, pem, token

PREFIX = "arn:aws:execute-api:eu-west-3:123456789012:abc123/v1"
ARN = f"{PREFIX}/GET/query-service/claims/claim_1"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    bootstrap.verifier.cache_clear()
    yield
    bootstrap.verifier.cache_clear()


@pytest.fixture
def _shared_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", SECRET)


def ask(authorization: str | None, arn: str = ARN) -> dict[str, Any]:
    return handler({"type": "TOKEN", "authorizationToken": authorization, "methodArn": arn}, None)


def assert_refused(authorization: str | None) -> None:
    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):  # API Gateway compares the whole text
        ask(authorization)


@pytest.mark.usefixtures("_shared_secret")
class TestWithASharedSecret:
    def test_a_good_token_is_told_with_who_it_is_and_what_they_may(self) -> None:
        expires_at = int(time.time()) + 60
        answer = ask(f"Bearer {token(exp=expires_at)}")
        assert answer["principalId"] == "agent_smith"
        assert answer["context"] == {
            "sub": "agent_smith",
            "role": "agent",
            "agent_id": "agent_smith",
            "expires_at": str(expires_at),
        }
        assert allows(answer["policyDocument"], ARN)
        assert not allows(answer["policyDocument"], f"{PREFIX}/GET/audit-service/audit")

    def test_the_word_bearer_has_no_case(self) -> None:
        assert ask(f"bearer {token()}")["principalId"] == "agent_smith"

    @pytest.mark.parametrize(
        "authorization", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer é.é.é"]
    )
    def test_what_is_no_bearer_token_is_refused(self, authorization: str | None) -> None:
        assert_refused(authorization)

    @pytest.mark.parametrize(
        "changes",
        [
            {"exp": None},
            {"exp": 1_752_000_000},
            {"exp": "soon"},
            {"nbf": 4_102_444_800},
            {"iat": 4_102_444_800},
            {"sub": None},
            {"sub": ""},
            {"sub": "x" * 256},
            {"sub": "two\nlines"},
            {"role": 7},
            {"role": {"agent": True}},
            {"agent_id": 7},
        ],
        ids=str,
    )
    def test_a_token_that_cannot_be_good_is_refused(self, changes: dict[str, Any]) -> None:
        assert_refused(f"Bearer {token(**changes)}")

    def test_clocks_may_differ_by_seconds_and_not_by_minutes(self) -> None:
        assert ask(f"Bearer {token(exp=int(time.time()) - 3)}")["principalId"] == "agent_smith"
        assert_refused(f"Bearer {token(exp=int(time.time()) - 60)}")

    def test_a_signature_of_somebody_else_is_refused(self) -> None:
        assert_refused(f"Bearer {token('another secret, of 32 bytes or more')}")

    def test_an_altered_token_is_refused(self) -> None:
        head, _, signature = token().split(".")
        said = base64.urlsafe_b64encode(json.dumps(claims(role="supervisor")).encode()).decode().rstrip("=")
        assert_refused(f"Bearer {head}.{said}.{signature}")

    def test_a_token_does_not_say_how_it_is_checked(self) -> None:
        unsigned = jwt.encode(claims(), "", algorithm="none")
        assert_refused(f"Bearer {unsigned}")
        assert_refused(f"Bearer {token(algorithm='HS512')}")
        assert_refused(f"Bearer {token(RSA_KEY, 'RS256')}")

    @given(st.text(st.sampled_from('eyJhbGciOiJ9.-_ \n=[{"é'), max_size=200))
    def test_whatever_is_sent_is_refused_in_the_same_way(self, text: str) -> None:
        assert_refused(f"Bearer {text}")

    @pytest.mark.parametrize("deep", ["[" * 5000, '{"a":' * 2000])
    def test_a_header_however_deep_is_refused(self, deep: str) -> None:
        head = base64.urlsafe_b64encode(deep.encode()).decode().rstrip("=")
        assert_refused(f"Bearer {head}.{head}.c2ln")

    @pytest.mark.parametrize(
        ("given_roles", "role"),
        [
            ({"role": "auditor"}, "auditor"),
            ({"role": ["auditor"]}, "auditor"),
            ({"role": None, "roles": ["offline_access", "agent", "supervisor"]}, "agent"),
            ({"role": None, "roles": "service"}, "service"),
        ],
    )
    def test_the_first_role_that_is_one_of_ours_counts(self, given_roles: dict[str, Any], role: str) -> None:
        assert ask(f"Bearer {token(**given_roles)}")["context"]["role"] == role

    @pytest.mark.parametrize(
        "given_roles", [{"role": None}, {"role": "root"}, {"role": ""}, {"role": [], "roles": ["agent"]}]
    )
    def test_whoever_has_no_role_of_ours_is_known_and_may_do_nothing(self, given_roles: dict[str, Any]) -> None:
        answer = ask(f"Bearer {token(**given_roles)}")
        assert answer["principalId"] == "agent_smith"
        assert "role" not in answer["context"]
        assert [each["Effect"] for each in answer["policyDocument"]["Statement"]] == ["Deny"]
        assert not allows(answer["policyDocument"], ARN)

    def test_a_customer_is_told_by_the_id_that_their_claims_have(self) -> None:
        told = ask(f"Bearer {token(role='customer', sub='auth0|7', customer_id='cust_7')}")["context"]
        assert (told["sub"], told["customer_id"]) == ("auth0|7", "cust_7")
        assert ask(f"Bearer {token(role='customer', sub='cust_8')}")["context"]["customer_id"] == "cust_8"

    def test_every_value_told_to_the_functions_is_a_text(self) -> None:
        assert all(isinstance(value, str) for value in ask(f"Bearer {token()}")["context"].values())

    def test_what_is_logged_of_a_refusal_has_nothing_of_the_token(self, caplog: pytest.LogCaptureFixture) -> None:
        refused = token(exp=1_752_000_000, sub="zoe@example.com")
        assert_refused(f"Bearer {refused}")
        (line,) = [vars(record) for record in caplog.records]
        assert (line["message"], line["reason"]) == ("token refused", "HS256: Signature has expired")
        assert not [part for part in (*refused.split("."), "zoe@") if part in str(line)]

    def test_issuer_and_audience_are_checked_where_they_are_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JWT_ISSUER", "https://id.example/")
        monkeypatch.setenv("JWT_AUDIENCE", "recours")
        right: dict[str, Any] = {"iss": "https://id.example/", "aud": ["other", "recours"]}
        assert ask(f"Bearer {token(**right)}")["principalId"] == "agent_smith"
        wrongs: list[dict[str, Any]] = [{"iss": None}, {"iss": "https://id.example"}, {"aud": None}, {"aud": "other"}]
        for wrong in wrongs:
            assert_refused(f"Bearer {token(**{**right, **wrong})}")

    def test_an_audience_that_nobody_set_is_not_asked_for(self) -> None:
        assert ask(f"Bearer {token(aud='whatever')}")["principalId"] == "agent_smith"

    def test_a_service_vouches_for_no_person(self, monkeypatch: pytest.MonkeyPatch) -> None:
        secret = "the secret between services, of 32 bytes"
        monkeypatch.setenv("SERVICE_TOKEN_SECRET", secret)
        good: dict[str, Any] = {"iss": "recours", "sub": "integration", "role": "service"}
        assert ask(f"Bearer {token(secret, **good)}")["context"]["role"] == "service"
        listed: dict[str, Any] = {"role": None, "roles": ["service"]}
        for wrong in ({"role": "supervisor"}, listed, {"iss": None}, {"iss": "other"}):
            assert_refused(f"Bearer {token(secret, **{**good, **wrong})}")


def test_the_fixture_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", TOKEN_SECRET)
    event = json.loads((EVENTS / "authorizers" / "AuthorizerFunction.json").read_text(encoding="utf-8"))
    answer = handler(event, None)
    assert (answer["principalId"], allows(answer["policyDocument"], event["methodArn"])) == ("agent_smith", True)


@pytest.mark.parametrize(("algorithm", "key"), [("RS256", RSA_KEY), ("ES256", EC_KEY)])
def test_a_public_key_is_enough(monkeypatch: pytest.MonkeyPatch, algorithm: str, key: Any) -> None:
    monkeypatch.setenv("JWT_ALGORITHM", algorithm)
    monkeypatch.setenv("JWT_PUBLIC_KEY", pem(key))
    assert ask(f"Bearer {token(key, algorithm)}")["principalId"] == "agent_smith"
    assert_refused(f"Bearer {token(OTHER_RSA_KEY, 'RS256')}")


def test_the_public_key_is_no_shared_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_ALGORITHM", "RS256")
    monkeypatch.setenv("JWT_PUBLIC_KEY", pem(RSA_KEY))
    said = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "HS256", "typ": "JWT"}, claims(role="supervisor"))
    )
    signature = hmac.new(pem(RSA_KEY).encode(), said.encode(), hashlib.sha256).digest()
    assert_refused(f"Bearer {said}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}")


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({}, "JWT_SECRET is needed for HS256"),
        ({"JWT_SECRET": "short"}, "JWT_SECRET must have at least 32 bytes"),
        ({"JWT_SECRET": SECRET, "SERVICE_TOKEN_SECRET": "short"}, "SERVICE_TOKEN_SECRET must have at least 32 bytes"),
        ({"JWT_ALGORITHM": "RS256"}, "JWKS_URL or JWT_PUBLIC_KEY is needed for RS256, and not both"),
        ({"JWT_ALGORITHM": "ES256", "JWKS_URL": "https://x", "JWT_PUBLIC_KEY": "x"}, "and not both"),
        ({"JWT_ALGORITHM": "RS256", "JWKS_URL": "http://id.example/jwks"}, "JWKS_URL must be https://"),
        ({"JWT_ALGORITHM": "RS256", "JWKS_URL": "file:///etc/passwd"}, "JWKS_URL must be https://"),
        ({"JWT_ALGORITHM": "none", "JWT_SECRET": SECRET}, "JWT_ALGORITHM"),
        ({"JWT_ALGORITHM": "HS512", "JWT_SECRET": SECRET}, "JWT_ALGORITHM"),
    ],
)
def test_settings_with_which_nobody_could_be_believed_are_an_error_and_let_nobody_in(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], sentence: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as told:
        ask(f"Bearer {token()}")
    assert sentence in str(told.value)
    assert SECRET not in str(told.value)
