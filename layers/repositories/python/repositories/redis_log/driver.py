"""Loads redis-py without OpenTelemetry's metrics.

redis-py imports their SDK wherever it is installed, and it is installed for our traces: 59 modules and a fifth more of
the driver's time at a cold start, for figures that nobody asks it for.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import cast

_HIDDEN = ("opentelemetry", "opentelemetry.sdk.metrics")


def load_driver() -> None:
    """Import redis-py; what is loaded already, as by traces that are on, stays."""
    modules = cast("dict[str, ModuleType | None]", sys.modules)
    hidden = [name for name in _HIDDEN if name not in modules]
    modules.update(dict.fromkeys(hidden))  # None stands for "not installed" there
    try:
        import_module("redis")
    finally:
        for name in hidden:
            del modules[name]


load_driver()
