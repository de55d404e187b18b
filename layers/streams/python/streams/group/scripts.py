"""The steps that must happen as one, as scripts of the server. Each file's header tells its keys and arguments."""

from pathlib import Path
from typing import Any

from redis import Redis

_FOLDER = Path(__file__).parent / "lua"


def register(redis: Redis, name: str) -> Any:
    """Return the script of `lua/<name>.lua`, to be called with `keys` and `args`."""
    return redis.register_script((_FOLDER / f"{name}.lua").read_text(encoding="utf-8"))
