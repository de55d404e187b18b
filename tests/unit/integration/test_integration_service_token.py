"""What the integration service shows the claims service is what the authorizer believes."""

from collections.abc import Iterator

import pytest

from functions.authorizer import bootstrap as authorizer
from functions.integration import bootstrap
from handlers.settings import SettingsError

SECRET = "a secret between services, of 32 bytes or more"


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("REDIS_URL", "ORDER_SERVICE_URL", "CUSTOMER_SERVICE_URL", "CLAIMS_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("AUTH_MODE", "required")
    yield
    bootstrap.claims.cache_clear()
    authorizer.verifier.cache_clear()


def test_the_authorizer_believes_it_whatever_the_identity_provider_signs_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN_SECRET", SECRET)
    monkeypatch.setenv("JWT_ALGORITHM", "RS256")
    monkeypatch.setenv("JWKS_URL", "https://nobody.example/jwks.json")
    token = bootstrap.claims()._token
    assert token is not None
    identity = authorizer.verifier().identity(token())
    assert (identity.sub, identity.role) == ("integration", "service")


def test_without_a_secret_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN_SECRET", "")
    with pytest.raises(SettingsError, match="SERVICE_TOKEN_SECRET"):
        bootstrap.claims()


def test_where_nobody_is_asked_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_MODE", "off")
    monkeypatch.delenv("SERVICE_TOKEN_SECRET", raising=False)
    assert bootstrap.claims()._token is None
