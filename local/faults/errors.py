"""What can be wrong with a fault."""


class FaultError(Exception):
    """A fault that cannot be injected. One line that says which, and what there is instead."""
