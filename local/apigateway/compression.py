"""A REST API's answers, compressed for who accepts it.

Source: "Payload compression for REST APIs in API Gateway".
"""

import asyncio
import zlib
from dataclasses import replace
from functools import lru_cache
from typing import Literal, TypeAlias

from local.apigateway.answers import BODYLESS, HttpAnswer

Encoding: TypeAlias = Literal["gzip", "deflate"]

# zlib's window bits: 31 writes gzip's frame, 15 zlib's, which HTTP calls deflate.
_WINDOW: dict[Encoding, int] = {"gzip": 31, "deflate": 15}
# From here on a thread of its own: the event loop has others to answer.
_BESIDE_LOOP_BYTES_MIN = 64 * 1024


async def compressed(answer: HttpAnswer, accept_encoding: str, bytes_min: int) -> HttpAnswer:
    """The answer compressed where the client accepts it, it has `bytes_min` bytes, and is not encoded already."""
    encoding = accepted(accept_encoding) if accept_encoding else None
    if encoding is None or len(answer.body) < max(bytes_min, 1) or answer.status in BODYLESS:
        return answer
    if any(name == b"content-encoding" for name, _ in answer.headers):
        return answer
    if len(answer.body) < _BESIDE_LOOP_BYTES_MIN:
        body = _compress(answer.body, encoding)
    else:
        body = await asyncio.to_thread(_compress, answer.body, encoding)
    return replace(answer, headers=[*answer.headers, (b"content-encoding", encoding.encode())], body=body)


@lru_cache(maxsize=64)
def accepted(accept_encoding: str) -> Encoding | None:
    """The first of gzip and deflate that an `Accept-Encoding` names, `*` meaning gzip; None where it names neither."""
    weights = dict(_weighted(part) for part in accept_encoding.lower().split(","))
    for encoding in _WINDOW:
        if weights.get(encoding, weights.get("*", 0.0)) > 0:
            return encoding
    return None


def _weighted(part: str) -> tuple[str, float]:
    name, _, parameter = part.partition(";")
    quality = parameter.strip().removeprefix("q=")
    try:
        return name.strip(), float(quality) if quality else 1.0
    except ValueError:
        return name.strip(), 0.0


def _compress(body: bytes, encoding: Encoding) -> bytes:
    compressor = zlib.compressobj(wbits=_WINDOW[encoding])
    return compressor.compress(body) + compressor.flush()
