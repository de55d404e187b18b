"""A function as ListFunctions and GetFunction tell it, from what the template says.

Members that nothing here knows (`CodeSize`, `CodeSha256`, `RevisionId`) are left out; the API has none of them as
required. Source: FunctionConfiguration and GetFunction in the Lambda API reference.
"""

from datetime import UTC, datetime

from local.invokeapi.names import LATEST, NamedFunction
from local.template.arns import ACCOUNT_ID, REGION

# What Lambda answers to who may not decrypt the variables. Nobody proves here who he is, and passwords stand in them.
_HIDDEN_VARIABLES = {
    "Error": {
        "ErrorCode": "AccessDeniedException",
        "Message": "The emulator does not tell a function's variables, as it does not know who asks",
    }
}


def configuration(named: NamedFunction, modified: datetime) -> dict[str, object]:
    """FunctionConfiguration; `modified` is when the template was."""
    function = named.function
    told: dict[str, object] = {
        "FunctionName": named.name,
        "FunctionArn": named.arn,
        "Role": f"arn:aws:iam::{ACCOUNT_ID}:role/{named.name}",
        "Handler": function.handler,
        "Description": function.description,
        "Timeout": function.timeout_s,
        "MemorySize": function.memory_mb,
        "LastModified": modified.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Version": LATEST,
        "PackageType": "Zip",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Layers": [
            {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:layer:{folder.name}:1"} for folder in function.layers
        ],
    }
    if function.runtime:
        told["Runtime"] = function.runtime
    if function.environment:
        told["Environment"] = _HIDDEN_VARIABLES
    return told


def description(named: NamedFunction, modified: datetime) -> dict[str, object]:
    """GetFunction's answer. The code's place is a folder of this machine."""
    told: dict[str, object] = {
        "Configuration": configuration(named, modified),
        "Code": {"RepositoryType": "Folder", "Location": named.function.code_uri.resolve().as_uri()},
        "Tags": {},
    }
    return told | ({"Concurrency": concurrency(named)} if concurrency(named) else {})


def concurrency(named: NamedFunction) -> dict[str, int]:
    """GetFunctionConcurrency's answer: empty without reserved concurrency."""
    reserved = named.function.concurrency_max
    return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}
