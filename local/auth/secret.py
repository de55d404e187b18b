"""The secret that tokens are signed with on this laptop: one a data directory, for its owner alone to read."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from local.paths import DataDirectory

SECRET_BYTES = 32
_FILE = Path("secrets", "jwt")


def laptop_secret(data: DataDirectory) -> str:
    """Return the secret, made now where there is none yet; however many ask at once, all have the same one."""
    file = data.path / _FILE
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not file.exists():
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
            written.write(secrets.token_urlsafe(SECRET_BYTES))
        _put_in_place(unfinished, file)
    return file.read_text()


def known_secret(data: DataDirectory) -> str | None:
    """Return the secret that `up --auth` made, None where it never did."""
    try:
        return (data.path / _FILE).read_text()
    except FileNotFoundError:
        return None


def service_secret(data: DataDirectory) -> str:
    """Return what our own services sign with: another one, which the first cannot be told from."""
    return hmac.new(laptop_secret(data).encode(), b"services", hashlib.sha256).hexdigest()


def _put_in_place(unfinished: Path, file: Path) -> None:
    """Give the whole file its name, unless another process was faster: a link, unlike a rename, replaces nothing."""
    try:
        file.hardlink_to(unfinished)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()
