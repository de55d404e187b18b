"""What is wrong with a template, all of it: one reading goes on after a problem, to find the next ones."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from local.template.model import TemplateError

Parameters = ParamSpec("Parameters")
Value = TypeVar("Value")
Default = TypeVar("Default")


@dataclass(slots=True)
class Problems:
    """The problems of one reading, in the order in which they were found."""

    found: list[TemplateError] = field(default_factory=list)

    def attempt(
        self,
        default: Default,
        read: Callable[Parameters, Value],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Value | Default:
        """What `read` returns, or, where it raises TemplateError or goes too deep, `default`; the error is kept."""
        try:
            return read(*arguments, **named)
        except TemplateError as error:
            self._keep(error)
        except RecursionError:
            self._keep(TemplateError("Resources: nested too deeply"))
        return default

    def _keep(self, error: TemplateError) -> None:
        """A parameter that is wrong is wrong for each that asks for it."""
        if str(error) not in map(str, self.found):
            self.found.append(error)
