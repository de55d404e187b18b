"""The routes of the Lambda API that are answered here. A gateway's own stand beside them."""

from enum import Enum


class LambdaOperation(Enum):
    """What can be asked for, by the API reference's names."""

    INVOKE = "Invoke"
    INVOKE_WITH_RESPONSE_STREAM = "InvokeWithResponseStream"
    LIST_FUNCTIONS = "ListFunctions"
    GET_FUNCTION = "GetFunction"
    GET_FUNCTION_CONFIGURATION = "GetFunctionConfiguration"
    GET_FUNCTION_CONCURRENCY = "GetFunctionConcurrency"
    GET_FUNCTION_EVENT_INVOKE_CONFIG = "GetFunctionEventInvokeConfig"
    LIST_EVENT_SOURCE_MAPPINGS = "ListEventSourceMappings"
    GET_EVENT_SOURCE_MAPPING = "GetEventSourceMapping"


ROUTES: tuple[tuple[str, str, LambdaOperation], ...] = (
    ("POST", "/2015-03-31/functions/{name}/invocations", LambdaOperation.INVOKE),
    (
        "POST",
        "/2021-11-15/functions/{name}/response-streaming-invocations",
        LambdaOperation.INVOKE_WITH_RESPONSE_STREAM,
    ),
    ("GET", "/2015-03-31/functions", LambdaOperation.LIST_FUNCTIONS),
    ("GET", "/2015-03-31/functions/{name}", LambdaOperation.GET_FUNCTION),
    ("GET", "/2015-03-31/functions/{name}/configuration", LambdaOperation.GET_FUNCTION_CONFIGURATION),
    ("GET", "/2019-09-30/functions/{name}/concurrency", LambdaOperation.GET_FUNCTION_CONCURRENCY),
    ("GET", "/2019-09-25/functions/{name}/event-invoke-config", LambdaOperation.GET_FUNCTION_EVENT_INVOKE_CONFIG),
    ("GET", "/2015-03-31/event-source-mappings", LambdaOperation.LIST_EVENT_SOURCE_MAPPINGS),
    ("GET", "/2015-03-31/event-source-mappings/{uuid}", LambdaOperation.GET_EVENT_SOURCE_MAPPING),
)
