"""What the Lambda API is signed with on a laptop that asks for tokens: one access key, of one data directory."""

import hashlib
import hmac
from dataclasses import dataclass

from local.auth.secret import known_secret, laptop_secret
from local.paths import DataDirectory

ACCESS_KEY = "RECOURSLAPTOP"


@dataclass(frozen=True, slots=True)
class LambdaKeys:
    """In AWS's words."""

    access_key_id: str
    secret_access_key: str

    def as_environment(self) -> dict[str, str]:
        """The variables that the AWS CLI and the SDKs read."""
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}


def laptop_keys(data: DataDirectory) -> LambdaKeys:
    """Return the keys; the secret that they follow from is made now where there is none yet."""
    return _keys(laptop_secret(data))


def known_keys(data: DataDirectory) -> LambdaKeys | None:
    """Return the keys, None where the directory never saw `up --auth`."""
    secret = known_secret(data)
    return None if secret is None else _keys(secret)


def _keys(secret: str) -> LambdaKeys:
    return LambdaKeys(ACCESS_KEY, hmac.new(secret.encode(), b"lambda api", hashlib.sha256).hexdigest())
