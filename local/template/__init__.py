"""The SAM template, read as SAM reads it: globals merged, parameters resolved, what is unsupported refused by name."""

from local.template.model import Function, Route, Template, TemplateError
from local.template.reader import load_template

__all__ = ["Function", "Route", "Template", "TemplateError", "load_template"]
