"""Tokens and key documents of an identity provider that exists in tests alone."""

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

SECRET = "a secret of the tests, longer than any algorithm that a token might name wants it"
RSA_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def claims(**changes: Any) -> dict[str, Any]:
    """What a token says, good for an hour; None takes a claim away."""
    told = {"sub": "agent_smith", "role": "agent", "exp": int(time.time()) + 3600, **changes}
    return {name: value for name, value in told.items() if value is not None}


def token(key: Any = SECRET, algorithm: str = "HS256", kid: str | None = None, **changes: Any) -> str:
    """A token of the provider's."""
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def pem(key: PrivateKey) -> str:
    """The public half as PEM."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def jwk(key: PrivateKey, kid: str, **more: Any) -> dict[str, Any]:
    """The public half as a JWK."""
    public = key.public_key()
    algorithm: Any = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**json.loads(algorithm.to_jwk(public)), "kid": kid, **more}


def document(*keys: dict[str, Any]) -> bytes:
    """A JWKS document."""
    return json.dumps({"keys": keys}).encode()
