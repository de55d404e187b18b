"""Find a function's handler: `package.module.attribute`."""

from collections.abc import Callable
from importlib import import_module

Handler = Callable[[object, object], object]


class HandlerError(Exception):
    """The handler's module cannot be imported, or has no such callable. The cause has the trace."""


def load_handler(name: str) -> Handler:
    """Import the handler. Raises HandlerError, in the words that Lambda uses for the same fault."""
    module_name, _, attribute = name.replace("/", ".").rpartition(".")
    try:
        module = import_module(module_name)
    except Exception as error:
        raise HandlerError(f"Runtime.ImportModuleError: Unable to import module '{module_name}': {error}") from error
    handler = getattr(module, attribute, None)
    if not callable(handler):
        raise HandlerError(f"Runtime.HandlerNotFound: Handler '{attribute}' missing on module '{module_name}'")
    return handler  # type: ignore[no-any-return]
