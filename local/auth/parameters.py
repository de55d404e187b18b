"""The template's parameters that have a system on this laptop ask for tokens."""

from local.auth.secret import laptop_secret, service_secret
from local.paths import DataDirectory


def auth_parameters(data: DataDirectory) -> dict[str, str]:
    """Return them. The rest have defaults that fit: HS256, whatever issuer and audience."""
    return {
        "AuthMode": "required",
        "JwtSecret": laptop_secret(data),
        "ServiceTokenSecret": service_secret(data),
    }
