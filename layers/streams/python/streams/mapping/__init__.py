"""An event source mapping's properties, read and checked."""

from streams.mapping.model import EventSourceMapping

__all__ = ["EventSourceMapping"]
