"""Secrets that AWS Secrets Manager keeps: a setting names one by its ARN instead of holding it.

`arn:aws:secretsmanager:eu-west-3:123456789012:secret:recours-AbCdEf` stands for the secret's text, and with
`#password` behind it for that field of a secret that is a JSON object, as RDS and others write them.
"""

import re
from functools import cache
from importlib import import_module
from typing import Any

import orjson

from envelope.errors import RecoursError

_ARN = re.compile(
    r"(?P<arn>arn:aws[a-z-]*:secretsmanager:(?P<region>[a-z0-9-]+):\d{12}:secret:[^#\s]+)(?:#(?P<key>.+))?"
)
MAX_AGE_S = 86_400  # an execution environment lives for hours; what was built from a secret keeps it anyway
CONNECT_TIMEOUT_S, READ_TIMEOUT_S, ATTEMPTS_MAX = 1.0, 2.0, 2  # a request waits for it


class SecretError(RecoursError):
    """A secret cannot be had. Tells which one and why, never what it holds."""


def is_secret_arn(text: str) -> bool:
    """Whether a setting names a secret instead of holding it."""
    return _ARN.fullmatch(text) is not None


def fetch_secret(reference: str) -> str:
    """The secret that `reference` names; asked for once, Powertools keeps it. Raises SecretError."""
    named = _ARN.fullmatch(reference)
    assert named is not None, "is_secret_arn tells"
    arn = named["arn"]
    # Imported where an ARN asks for it: boto3 takes a quarter of a second, which most cold starts need not pay.
    errors = import_module("aws_lambda_powertools.utilities.parameters.exceptions")
    try:
        found = _provider(named["region"]).get(arn, max_age=MAX_AGE_S)
    except errors.GetParameterError as error:
        raise SecretError(f"{arn}: {_reason(error)}") from None
    text = found.decode() if isinstance(found, bytes) else str(found)
    return text if named["key"] is None else _field(text, named["key"], arn)


@cache
def _provider(region: str) -> Any:
    session = import_module("boto3.session").Session()
    limits = import_module("botocore.config").Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS_MAX},
    )
    client = session.client("secretsmanager", region_name=region, config=limits)
    return import_module("aws_lambda_powertools.utilities.parameters.secrets").SecretsProvider(boto3_client=client)


def _reason(error: Exception) -> str:
    """In words of ours where the usual ones leave one searching."""
    text = str(error)
    if "AccessDenied" in text:
        return "the function's role may not read it: it needs secretsmanager:GetSecretValue"
    if "ResourceNotFound" in text:
        return "there is no such secret"
    return text


def _field(text: str, key: str, arn: str) -> str:
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError:
        fields = None
    if not isinstance(fields, dict) or not isinstance(fields.get(key), str | int | float):
        raise SecretError(f"{arn}: is no JSON object with a text under {key}")
    return str(fields[key])
