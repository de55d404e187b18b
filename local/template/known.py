"""Which properties the emulator knows: those it emulates, those it leaves to the cloud, and those it refuses.

A property that stands nowhere here is refused too: what was ignored would differ in the cloud.
Source: the resource and property reference of the AWS SAM developer guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

FUNCTION = "AWS::Serverless::Function"
LAYER = "AWS::Serverless::LayerVersion"
REST_API = "AWS::Serverless::Api"
HTTP_API = "AWS::Serverless::HttpApi"

PERMISSIONS = "permissions: nothing here asks for any"
ROLLOUT = "how a new version is rolled out"
LABELS = "names and labels"
KEYS = "encryption and signing"
TELEMETRY = "where logs, traces and metrics go"
NETWORK = "the cloud's network"
QUOTAS = "throttling and quotas"
REPEATED = "what becomes of asynchronous invocations that fail"

_DEFINITION = "the routes are read from the functions' Events; move them there"
_API_KEYS = "API keys are not emulated"


@dataclass(frozen=True, slots=True)
class Known:
    """The properties of one type of resource. `cloud` says what each is about, `refused` what to do instead."""

    emulated: frozenset[str]
    cloud: Mapping[str, str]
    refused: Mapping[str, str] = field(default_factory=dict)


def _all(reason: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, reason)


KNOWN: Mapping[str, Known] = {
    FUNCTION: Known(
        emulated=frozenset(
            [
                "CodeUri",
                "Description",
                "Environment",
                "EventInvokeConfig",
                "Events",
                "FunctionName",
                "Handler",
                "Layers",
                "MemorySize",
                "PackageType",
                "ReservedConcurrentExecutions",
                "Runtime",
                "Timeout",
            ]
        ),
        cloud={
            **_all(PERMISSIONS, "AssumeRolePolicyDocument", "PermissionsBoundary", "Policies", "Role", "RolePath"),
            **_all(ROLLOUT, "AutoPublishAlias", "AutoPublishAliasAllProperties", "AutoPublishCodeSha256"),
            **_all(ROLLOUT, "CapacityProviderConfig", "DeploymentPreference", "FunctionScalingConfig"),
            **_all(ROLLOUT, "ProvisionedConcurrencyConfig", "PublishToLatestPublished", "RuntimeManagementConfig"),
            **_all(ROLLOUT, "SnapStart", "VersionDeletionPolicy", "VersionDescription"),
            **_all(LABELS, "PropagateTags", "Tags"),
            **_all(KEYS, "CodeSigningConfigArn", "KmsKeyArn", "SourceKMSKeyArn"),
            **_all(TELEMETRY, "LoggingConfig", "Tracing"),
            **_all(NETWORK, "VpcConfig"),
            **_all(REPEATED, "DeadLetterQueue", "RecursiveLoop"),
            "Architectures": "the laptop's own is used",
            "EphemeralStorage": "the laptop's own is used",
        },
        refused={
            "DurableConfig": "durable functions are not emulated",
            "FileSystemConfigs": "no file system can be mounted here",
            "FunctionUrlConfig": "function URLs are not emulated; give it an HttpApi event",
            "ImageConfig": "images are not run; give it CodeUri, Handler and Runtime",
            "ImageUri": "images are not run; give it CodeUri, Handler and Runtime",
            "InlineCode": "put the code in a file and name its folder in CodeUri",
            "TenancyConfig": "tenant isolation is not emulated",
        },
    ),
    LAYER: Known(
        emulated=frozenset({"ContentUri"}),
        cloud={
            **_all(ROLLOUT, "CompatibleRuntimes", "PublishLambdaVersion", "RetentionPolicy"),
            **_all(LABELS, "Description", "LayerName", "LicenseInfo"),
            "CompatibleArchitectures": "the laptop's own is used",
        },
    ),
    REST_API: Known(
        emulated=frozenset(
            ["Auth", "BinaryMediaTypes", "Cors", "GatewayResponses", "MinimumCompressionSize", "StageName", "Variables"]
        ),
        cloud={
            **_all(LABELS, "Description", "Name", "PropagateTags", "Tags"),
            **_all(NETWORK, "DisableExecuteApiEndpoint", "Domain", "EndpointAccessMode"),
            **_all(NETWORK, "EndpointConfiguration", "SecurityPolicy"),
            **_all(PERMISSIONS, "Policy"),
            **_all(QUOTAS, "MethodSettings"),
            **_all(ROLLOUT, "AlwaysDeploy", "CanarySetting", "FailOnWarnings", "Mode", "OpenApiVersion"),
            **_all(TELEMETRY, "AccessLogSetting", "TracingEnabled"),
            **_all("answers are not cached", "CacheClusterEnabled", "CacheClusterSize"),
            "Models": "documentation; events that validate with them are refused",
        },
        refused={
            "ApiKeySourceType": _API_KEYS,
            "DefinitionBody": _DEFINITION,
            "DefinitionUri": _DEFINITION,
            "MergeDefinitions": _DEFINITION,
        },
    ),
    HTTP_API: Known(
        emulated=frozenset({"Auth", "CorsConfiguration", "StageName", "StageVariables"}),
        cloud={
            **_all(LABELS, "Description", "Name", "PropagateTags", "Tags"),
            **_all(NETWORK, "DisableExecuteApiEndpoint", "Domain"),
            **_all(QUOTAS, "DefaultRouteSettings", "RouteSettings"),
            **_all(ROLLOUT, "FailOnWarnings"),
            **_all(TELEMETRY, "AccessLogSettings"),
        },
        refused={"DefinitionBody": _DEFINITION, "DefinitionUri": _DEFINITION},
    ),
}

REFUSED_TYPES: Mapping[str, str] = {
    "AWS::Serverless::Application": "nested applications are not read; copy its resources into this template",
    "AWS::Serverless::GraphQLApi": "GraphQL APIs are not emulated",
    "AWS::Serverless::WebSocketApi": "WebSocket APIs are not emulated",
}
STATE_MACHINE = "AWS::Serverless::StateMachine"
CLOUD_TYPES = frozenset(
    f"AWS::Serverless::{name}" for name in ("CapacityProvider", "Connector", "SimpleTable", "StateMachine")
)
GLOBALS = frozenset(
    ["Api", "CapacityProvider", "Function", "HttpApi", "LayerVersion", "SimpleTable", "StateMachine", "WebSocketApi"]
)


def refusal(kind: str, name: str) -> str | None:
    """Why a property of a type is refused, or None where it is known."""
    known = KNOWN[kind]
    if name in known.emulated or name in known.cloud:
        return None
    reason = known.refused.get(name)
    return f"not supported by the emulator{f': {reason}' if reason else ''}"
