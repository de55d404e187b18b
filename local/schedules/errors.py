"""What is wrong with a schedule's expression."""


class ExpressionError(ValueError):
    """The expression is none that AWS takes. The text names the field and what it may hold."""
