"""Whether a request to the Lambda API was signed by somebody who has the secret key (Signature Version 4).

Source: "Create a signed AWS API request" in the IAM user guide; botocore, which signs for the AWS CLI and boto3, signs
again here.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module

from local.apigateway.requests import HttpRequest
from local.invokeapi.errors import bad_signature, missing_signature, unknown_client

AGE_MAX = timedelta(minutes=5)
_TIME = "%Y%m%dT%H%M%SZ"
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)"
    r"/aws4_request, *SignedHeaders=(?P<headers>[^,\s]+), *Signature=(?P<signature>[0-9a-f]{64})"
)
_UNSIGNED = "UNSIGNED-PAYLOAD"


class Signatures:
    """Knows the secret key of each access key."""

    def __init__(self, secrets: Mapping[str, str], now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._secrets = secrets
        self._now = now

    def check(self, request: HttpRequest) -> None:
        """Raise LambdaApiError, 403, for a request that is not signed, or not by who it says."""
        told = _AUTHORIZATION.fullmatch(request.header(b"authorization"))
        if told is None:
            raise missing_signature()
        secret = self._secrets.get(told["key"])
        if secret is None:
            raise unknown_client()
        moment = request.header(b"x-amz-date")
        if not moment.startswith(told["date"]) or told["service"] != "lambda" or not self._is_fresh(moment):
            raise bad_signature("Signature expired, or not for this service")
        if not _is_body_told(request) or "host" not in told["headers"].split(";"):
            raise bad_signature("The host and the body must be signed")
        try:
            signature = _signature(request, told, secret, moment)
        except ValueError as error:  # a host that is none
            raise bad_signature("The host is not one that could be signed") from error
        if not hmac.compare_digest(signature, told["signature"]):
            raise bad_signature("The request signature we calculated does not match the signature you provided")

    def _is_fresh(self, moment: str) -> bool:
        try:
            signed_at = datetime.strptime(moment, _TIME).replace(tzinfo=UTC)
        except ValueError:
            return False
        return abs(self._now() - signed_at) <= AGE_MAX


def _is_body_told(request: HttpRequest) -> bool:
    """Whether the digest that is signed in the body's place, where there is one, is the body's."""
    digest = request.header(b"x-amz-content-sha256")
    return digest in ("", hashlib.sha256(request.body).hexdigest()) and digest != _UNSIGNED


def _signature(request: HttpRequest, told: "re.Match[str]", secret: str, moment: str) -> str:
    # Loaded at the first request: it costs a tenth of a second, and most gateways check no signature.
    auth, awsrequest, credentials = (
        import_module(f"botocore.{name}") for name in ("auth", "awsrequest", "credentials")
    )
    url = f"http://{request.header(b'host')}{request.path}" + (f"?{request.query}" if request.query else "")
    headers = {name: request.header(name.encode()) for name in told["headers"].split(";")}
    signed = awsrequest.AWSRequest(method=request.method, url=url, headers=headers, data=request.body)
    signed.context["timestamp"] = moment
    signer = auth.SigV4Auth(credentials.Credentials(told["key"], secret), told["service"], told["region"])
    text = signer.string_to_sign(signed, signer.canonical_request(signed))
    return str(signer.signature(text, signed))
