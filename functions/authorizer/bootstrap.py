"""Settings to keys to verifier, built once a process at first use."""

from functools import cache
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, model_validator

from functions.authorizer.jwks import JwksKeys, read_url
from functions.authorizer.verifying import Algorithm, Keys, OneKey, Trusted, Verifier
from handlers.settings import read_settings
from handlers.tokens import SERVICE_ISSUER

SECRET_BYTES_MIN = 32  # RFC 7518, 3.2: at least as long as the hash


class Settings(BaseModel, frozen=True):
    """What the template gives the function.

    With HS256 the identity provider shares `jwt_secret` with us. With RS256 and ES256 it keeps its key to itself:
    `jwks_url` is where it publishes the public ones, or `jwt_public_key` is the one, as PEM. Whatever it is, our own
    services sign with `service_token_secret`, if they have one.
    """

    jwt_algorithm: Algorithm = "HS256"
    jwt_secret: SecretStr | None = None
    jwt_public_key: SecretStr | None = None
    jwks_url: str | None = None
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    service_token_secret: SecretStr | None = None

    @model_validator(mode="after")
    def _has_its_key(self) -> "Settings":
        for name in ("jwt_secret", "service_token_secret"):
            secret: SecretStr | None = getattr(self, name)
            if secret is not None and len(secret.get_secret_value().encode()) < SECRET_BYTES_MIN:
                raise ValueError(f"{name.upper()} must have at least {SECRET_BYTES_MIN} bytes")
        if self.jwt_algorithm == "HS256" and self.jwt_secret is None:
            raise ValueError("JWT_SECRET is needed for HS256")
        if self.jwt_algorithm != "HS256" and (self.jwks_url is None) == (self.jwt_public_key is None):
            raise ValueError(f"JWKS_URL or JWT_PUBLIC_KEY is needed for {self.jwt_algorithm}, and not both")
        if self.jwks_url is not None and not _is_safe(self.jwks_url):
            raise ValueError("JWKS_URL must be https://…: whoever can change it on its way signs tokens")
        return self


@cache
def verifier() -> Verifier:
    """What believes tokens. Raises SettingsError."""
    settings = read_settings(Settings)
    return Verifier([*_services(settings), _provider(settings)])


def _provider(settings: Settings) -> Trusted:
    return Trusted(settings.jwt_algorithm, _keys(settings), settings.jwt_issuer, settings.jwt_audience)


def _services(settings: Settings) -> list[Trusted]:
    if settings.service_token_secret is None:
        return []
    key = OneKey(settings.service_token_secret.get_secret_value())
    return [Trusted("HS256", key, issuer=SERVICE_ISSUER, only_role="service")]


def _keys(settings: Settings) -> Keys:
    if settings.jwks_url is not None and settings.jwt_algorithm != "HS256":
        return JwksKeys(settings.jwt_algorithm, read_url(settings.jwks_url))
    given = settings.jwt_secret if settings.jwt_algorithm == "HS256" else settings.jwt_public_key
    assert given is not None, "Settings has its key"
    return OneKey(given.get_secret_value())


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost"))
