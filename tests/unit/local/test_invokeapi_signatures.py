"""Requests to the Lambda API that are signed, as botocore signs them for the AWS CLI, and those that are not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]

from local.apigateway.requests import HttpRequest
from local.invokeapi.errors import LambdaApiError
from local.invokeapi.signatures import Signatures

HOST = "127.0.0.1:8100"
PATH = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3AF/invocations"


def signed(
    body: bytes = b'{"a":1}', *, key: str = "KEY", secret: str = "s3cret", service: str = "lambda", query: str = ""
) -> HttpRequest:
    """A request as a client of AWS sends it."""
    url = f"http://{HOST}{PATH}{query}"
    request = AWSRequest(method="POST", url=url, data=body, headers={"X-Amz-Log-Type": "Tail", "Host": HOST})
    SigV4Auth(Credentials(key, secret), service, "eu-west-3").add_auth(request)
    headers = [(name.lower().encode(), value.encode()) for name, value in request.headers.items()]
    return HttpRequest("POST", PATH, query.removeprefix("?"), headers, body, "127.0.0.1", 8100, "HTTP/1.1")


def changed(request: HttpRequest, **more: object) -> HttpRequest:
    """The request with something else in it than was signed."""
    return replace(request, **more)  # type: ignore[arg-type]


def refusal(request: HttpRequest, signatures: Signatures | None = None) -> str:
    """The name of the exception that the SDK makes of it."""
    with pytest.raises(LambdaApiError) as caught:
        (signatures or Signatures({"KEY": "s3cret"})).check(request)
    assert caught.value.status == 403
    return caught.value.kind


def at(moment: datetime) -> Signatures:
    """What knows the key, at a time."""
    return Signatures({"KEY": "s3cret"}, now=lambda: moment)


@pytest.mark.parametrize("query", ["", "?Qualifier=%24LATEST&a=b"])
def test_what_the_owner_of_the_key_signed_is_let_in(query: str) -> None:
    Signatures({"KEY": "s3cret"}).check(signed(query=query))


def test_what_is_not_signed_is_not() -> None:
    assert refusal(changed(signed(), headers=[(b"host", HOST.encode())])) == "MissingAuthenticationTokenException"
    bearer = [(b"host", HOST.encode()), (b"authorization", b"Bearer a.b.c")]
    assert refusal(changed(signed(), headers=bearer)) == "MissingAuthenticationTokenException"


def test_a_key_of_nobody_is_told_apart_from_a_wrong_secret() -> None:
    assert refusal(signed(key="OTHER")) == "UnrecognizedClientException"
    assert refusal(signed(secret="guessed")) == "InvalidSignatureException"


def test_another_body_path_or_query_than_was_signed_is_refused() -> None:
    assert refusal(changed(signed(), body=b'{"a":2}')) == "InvalidSignatureException"
    assert refusal(changed(signed(), path=PATH.replace("F/", "G/"))) == "InvalidSignatureException"
    assert refusal(changed(signed(), query="Qualifier=1")) == "InvalidSignatureException"


def test_a_digest_that_is_signed_in_the_bodys_place_must_be_the_bodys() -> None:
    request = signed()
    headers = [*request.headers, (b"x-amz-content-sha256", b"UNSIGNED-PAYLOAD")]
    assert refusal(changed(request, headers=headers)) == "InvalidSignatureException"


def test_a_signature_for_another_service_or_of_another_time_is_refused() -> None:
    assert refusal(signed(service="s3")) == "InvalidSignatureException"
    for minutes in (-6, 6):
        assert refusal(signed(), at(datetime.now(UTC) + timedelta(minutes=minutes))) == "InvalidSignatureException"


@pytest.mark.parametrize("host", ["[", "[::1", "a]b"])
def test_a_host_that_is_none_cannot_have_been_signed(host: str) -> None:
    request = signed()
    headers = [(name, host.encode() if name == b"host" else value) for name, value in request.headers]
    assert refusal(changed(request, headers=headers)) == "InvalidSignatureException"
