"""How a command fails: one line that says what to do, and the exit code."""


class CommandError(Exception):
    """A failure: exit code 1."""

    exit_code = 1


class UsageError(CommandError):
    """A command that was asked for in a wrong way: exit code 2."""

    exit_code = 2
