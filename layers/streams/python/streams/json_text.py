"""JSON by orjson where it is installed, by the standard library elsewhere: this layer needs redis-py alone."""

import json
from collections.abc import Callable
from typing import Any

loads: Callable[[bytes], Any]
dumps: Callable[[Any], str]

try:
    import orjson
except ModuleNotFoundError:
    loads = json.loads

    def dumps(value: Any) -> str:
        """Compact JSON."""
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

else:
    loads = orjson.loads

    def dumps(value: Any) -> str:
        """Compact JSON."""
        return orjson.dumps(value).decode()
