"""Why something did not validate, in words that may be logged."""

from pydantic import ValidationError


def reasons(error: ValidationError) -> str:
    """Fields and reasons without the values, which could be a name or an address: `data.urgency: Input should be …`."""
    items = error.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['msg']}" for item in items)
