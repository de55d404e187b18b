"""Why something cannot be packed."""


class PackagingError(Exception):
    """One line that says what to do."""
