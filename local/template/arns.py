"""The names that resources have on a laptop, whose account is all zeros, as LocalStack's is.

A resource that is not emulated has one too: a function may hand it on, and meets the cloud only where it uses it.
"""

REGION = "us-east-1"
ACCOUNT_ID = "000000000000"
# What stands before a resource's own name, where that is more than nothing.
_PREFIXES = {
    "AWS::DynamoDB::Table": "table/",
    "AWS::Events::EventBus": "event-bus/",
    "AWS::IAM::Role": "role/",
    "AWS::KMS::Key": "key/",
    "AWS::Kinesis::Stream": "stream/",
    "AWS::Lambda::Function": "function:",
    "AWS::Logs::LogGroup": "log-group:",
    "AWS::SecretsManager::Secret": "secret:",
    "AWS::Serverless::Function": "function:",
    "AWS::Serverless::SimpleTable": "table/",
    "AWS::Serverless::StateMachine": "stateMachine:",
    "AWS::StepFunctions::StateMachine": "stateMachine:",
}
_SERVICES = {
    "AWS::Cognito::UserPool": "cognito-idp",
    "AWS::Serverless::Function": "lambda",
    "AWS::Serverless::SimpleTable": "dynamodb",
    "AWS::Serverless::StateMachine": "states",
    "AWS::StepFunctions::StateMachine": "states",
}
# Their ARNs name no region, and a bucket's no account either.
_GLOBAL = frozenset({"iam"})


def function_arn(name: str) -> str:
    """The ARN that a function has here."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{name}"


def arn_of(kind: str, name: str) -> str:
    """The ARN of a resource by its type and its logical id: `arn:aws:sqs:us-east-1:000000000000:Queue`."""
    if kind == "AWS::S3::Bucket":
        return f"arn:aws:s3:::{name.lower()}"
    service = _SERVICES.get(kind) or (kind.split("::")[1] if kind.count("::") == 2 else kind).lower()
    region = "" if service in _GLOBAL else REGION
    return f"arn:aws:{service}:{region}:{ACCOUNT_ID}:{_PREFIXES.get(kind, '')}{name}"
