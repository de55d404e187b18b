"""Why packages cannot be run on this machine."""


class PackagedError(Exception):
    """One line that says what to do."""
