"""A handler's result as JSON text, as Lambda's Python runtime writes it."""

import json
from decimal import Decimal


def marshal(result: object) -> bytes:
    """The JSON text. Raises TypeError, ValueError or RecursionError for what has none.

    Not orjson: what it takes beyond JSON (dates, dataclasses, UUIDs) fails on Lambda. Decimals, which its runtime does
    take, come from DynamoDB. NaN, which it writes too, is refused: nobody who reads JSON could read it.
    Source: `lambda_runtime_marshaller.py` of awslambdaric.
    """
    return json.dumps(result, allow_nan=False, ensure_ascii=False, default=_decimal).encode()


def _decimal(value: object) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
