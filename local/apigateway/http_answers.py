"""A function's answer to an event of version 2.0 as an HTTP answer.

Source: "Lambda function response for format 2.0" in the API Gateway developer guide.
"""

from collections.abc import Mapping

import orjson

from local.apigateway.answers import (
    ANSWER_BYTES_MAX,
    HttpAnswer,
    MalformedAnswerError,
    body_of,
    encoded_headers,
    header_value,
    single_headers,
    status_of,
)

TEXT_TYPE = "text/plain;charset=UTF-8"
"""What an HTTP API says of an answer that names no content type."""


def read_http_answer(returned: object) -> HttpAnswer:
    """Check and convert what a function returned. Raises MalformedAnswerError.

    Without `statusCode` all of it is the body of a 200, as JSON, a text as it stands.
    """
    if not isinstance(returned, Mapping) or "statusCode" not in returned:
        return _whole(returned)
    headers = single_headers(returned)
    headers.setdefault("content-type", [TEXT_TYPE])
    cookies = returned.get("cookies") or ()
    if not isinstance(cookies, list | tuple):
        raise MalformedAnswerError("cookies is not a list")
    if cookies:
        headers["set-cookie"] = [header_value("set-cookie", cookie) for cookie in cookies]
    return HttpAnswer(status_of(returned["statusCode"]), encoded_headers(headers), body_of(returned))


def _whole(returned: object) -> HttpAnswer:
    body = returned.encode(errors="replace") if isinstance(returned, str) else orjson.dumps(returned)
    if len(body) > ANSWER_BYTES_MAX:
        raise MalformedAnswerError(f"the answer has {len(body)} bytes, over Lambda's limit of {ANSWER_BYTES_MAX}")
    return HttpAnswer(200, [(b"content-type", b"application/json")], body)
