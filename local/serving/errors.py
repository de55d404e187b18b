"""Why a part of the system cannot be served."""


class ServeError(Exception):
    """What was asked for cannot be started. One line that says what to do."""
