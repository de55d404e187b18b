"""Why something cannot be deployed."""


class DeployError(Exception):
    """One line that says what to do. It names parameters, never their values."""
