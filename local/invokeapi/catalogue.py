"""What the Lambda API tells of functions and mappings without invoking any."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from local.invokeapi.asynchronous.settings import EventInvokeSettings
from local.invokeapi.descriptions import concurrency, configuration, description
from local.invokeapi.errors import not_emulated
from local.invokeapi.mappings import find_mapping, mappings
from local.invokeapi.names import NamedFunction, find_function
from local.invokeapi.operations import LambdaOperation
from local.invokeapi.paging import page
from local.template import Template

FUNCTIONS_A_PAGE = 50
MAPPINGS_A_PAGE = 100


class Catalogue:
    """The functions and mappings of a template. `settings` has those for asynchronous events, by logical id."""

    def __init__(self, template: Template, settings: Callable[[str], EventInvokeSettings]) -> None:
        self._template = template
        self._settings = settings
        self._modified = datetime.fromtimestamp(template.path.stat().st_mtime, UTC)

    def tell(
        self, operation: LambdaOperation, query: Mapping[str, str], parameters: Mapping[str, str]
    ) -> dict[str, object]:
        """The answer to an operation that only tells. Raises LambdaApiError."""
        if operation is LambdaOperation.LIST_FUNCTIONS:
            return self._function_page(query)
        if operation is LambdaOperation.LIST_EVENT_SOURCE_MAPPINGS:
            return self._mapping_page(query)
        if operation is LambdaOperation.GET_EVENT_SOURCE_MAPPING:
            return find_mapping(self._template, parameters["uuid"])
        named = find_function(self._template, parameters["name"], query.get("Qualifier", ""))
        match operation:
            case LambdaOperation.GET_FUNCTION:
                return description(named, self._modified)
            case LambdaOperation.GET_FUNCTION_CONFIGURATION:
                return configuration(named, self._modified)
            case LambdaOperation.GET_FUNCTION_CONCURRENCY:
                return {**concurrency(named)}
            case LambdaOperation.GET_FUNCTION_EVENT_INVOKE_CONFIG:
                return self._settings(named.function.name).as_told(named.arn, self._modified)
        raise not_emulated(operation.value)

    def _function_page(self, query: Mapping[str, str]) -> dict[str, object]:
        items, marker = page(
            self._template.functions, query.get("Marker", ""), query.get("MaxItems", ""), default=FUNCTIONS_A_PAGE
        )
        told = [configuration(NamedFunction(function), self._modified) for function in items]
        return {"Functions": told, "NextMarker": marker}

    def _mapping_page(self, query: Mapping[str, str]) -> dict[str, object]:
        found = mappings(self._template)
        if name := query.get("FunctionName"):
            arn = find_function(self._template, name).arn
            found = [mapping for mapping in found if mapping["FunctionArn"] == arn]
        items, marker = page(found, query.get("Marker", ""), query.get("MaxItems", ""), default=MAPPINGS_A_PAGE)
        return {"EventSourceMappings": items, "NextMarker": marker}
