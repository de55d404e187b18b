"""The SAM template, read as SAM reads it: globals merged, parameters resolved, what is unsupported refused by name."""

from local.template.model import Function, Route, Schedule, Template, TemplateError
from local.template.reader import load_template

__all__ = ["Function", "Route", "Schedule", "Template", "TemplateError", "load_template"]
