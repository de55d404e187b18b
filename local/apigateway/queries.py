"""A query string as API Gateway reads it."""

from urllib.parse import parse_qsl


def query_values(query: str) -> dict[str, list[str]]:
    """All values of each parameter, decoded, in the order in which they stand; a name alone has an empty value."""
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return values
