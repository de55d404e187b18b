"""What a PromQL expression asks for: metrics, and the labels that it names of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser

# What Grafana puts in before it asks.
_VARIABLES = {"$__rate_interval": "5m", "$__all": ".+", "$service": ".+"}


@dataclass(frozen=True)
class Asked:
    """A selector: the metric's name, and the labels by which it is chosen or grouped."""

    name: str
    labels: frozenset[str]


def asked(expression: str) -> list[Asked]:
    """Every selector of the expression. Raises ValueError where it is not PromQL."""
    for variable, value in _VARIABLES.items():
        expression = expression.replace(variable, value)
    return list(_selectors(promql_parser.parse(expression), frozenset()))


def _selectors(node: Any, grouped: frozenset[str]) -> Iterator[Asked]:
    if isinstance(node, promql_parser.VectorSelector):
        chosen = {matcher.name for matcher in node.matchers.matchers}
        yield Asked(node.name or "", frozenset(chosen) | grouped)
    elif isinstance(node, promql_parser.MatrixSelector):
        yield from _selectors(node.vector_selector, grouped)
    elif isinstance(node, promql_parser.AggregateExpr):
        labels = frozenset(node.modifier.labels) if node.modifier is not None else frozenset()
        yield from _selectors(node.expr, grouped | labels)
    elif isinstance(node, promql_parser.BinaryExpr):
        yield from _selectors(node.lhs, grouped)
        yield from _selectors(node.rhs, grouped)
    elif isinstance(node, promql_parser.Call):
        for argument in node.args:
            yield from _selectors(argument, grouped)
    elif isinstance(node, promql_parser.ParenExpr | promql_parser.UnaryExpr | promql_parser.SubqueryExpr):
        yield from _selectors(node.expr, grouped)
    elif not isinstance(node, promql_parser.NumberLiteral | promql_parser.StringLiteral):
        raise TypeError(f"{type(node).__name__} is not looked into")
