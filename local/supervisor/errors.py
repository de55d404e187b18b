"""Why a system did not start."""


class StartError(Exception):
    """The system cannot start. The first line says what to do; further lines are the end of a log."""
