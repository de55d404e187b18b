"""One `AWS::Serverless::Function` resource as a `Function`."""

from collections.abc import Mapping
from pathlib import Path

from local.template.model import Function, TemplateError
from local.template.routes import read_routes
from local.template.schedules import read_schedules
from local.template.shapes import list_of, mapping_of, number_of, refuse_unknown, text_of

EMULATED = frozenset({"CodeUri", "Environment", "Events", "Handler", "Layers", "MemorySize", "Runtime", "Timeout"})
# Known, and without a counterpart on a laptop: who may call what, where it runs, how it is rolled out and labelled.
CLOUD_ONLY = frozenset(
    [
        "Architectures",
        "AutoPublishAlias",
        "CodeSigningConfigArn",
        "DeploymentPreference",
        "Description",
        "EphemeralStorage",
        "FunctionName",
        "KmsKeyArn",
        "LoggingConfig",
        "PermissionsBoundary",
        "Policies",
        "PropagateTags",
        "ProvisionedConcurrencyConfig",
        "RecursiveLoop",
        "ReservedConcurrentExecutions",
        "Role",
        "RolePath",
        "RuntimeManagementConfig",
        "SnapStart",
        "Tags",
        "Tracing",
        "VersionDescription",
        "VpcConfig",
    ]
)
RECOURS = frozenset({"BasePath", "Environments", "Port", "Service"})
# Lambda's own bounds and defaults: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
TIMEOUT_S_DEFAULT, TIMEOUT_S_MAX = 3, 900
MEMORY_MB_DEFAULT, MEMORY_MB_MAX = 128, 10_240
ENVIRONMENTS_MAX = 64


def read_function(
    name: str,
    properties: Mapping[str, object],
    metadata: Mapping[str, object],
    layers: Mapping[str, Path],
    folder: Path,
) -> Function:
    """Build a function from its merged, resolved properties. `layers` maps logical ids to folders."""
    where = f"{name}.Properties"
    refuse_unknown(properties, EMULATED | CLOUD_ONLY, where)
    _refuse_other_runtimes(properties, where)
    recours = mapping_of(metadata.get("Recours"), f"{name}.Metadata.Recours")
    refuse_unknown(recours, RECOURS, f"{name}.Metadata.Recours")
    base_path = _base_path(recours, f"{name}.Metadata.Recours.BasePath")
    port = recours.get("Port")
    mapping = metadata.get("EventSourceMapping")
    events = mapping_of(properties.get("Events"), f"{where}.Events")
    return Function(
        name=name,
        handler=_handler(properties, where),
        service=text_of(recours.get("Service", name), f"{name}.Metadata.Recours.Service"),
        port=None if port is None else number_of(port, f"{name}.Metadata.Recours.Port", least=1, most=65_535),
        base_path=base_path,
        environments=number_of(
            recours.get("Environments", 1), f"{name}.Metadata.Recours.Environments", least=1, most=ENVIRONMENTS_MAX
        ),
        timeout_s=number_of(
            properties.get("Timeout", TIMEOUT_S_DEFAULT), f"{where}.Timeout", least=1, most=TIMEOUT_S_MAX
        ),
        memory_mb=number_of(
            properties.get("MemorySize", MEMORY_MB_DEFAULT), f"{where}.MemorySize", least=128, most=MEMORY_MB_MAX
        ),
        environment=_environment(properties, f"{where}.Environment"),
        layers=_layers(properties, layers, f"{where}.Layers"),
        code_uri=_code_uri(properties, folder, f"{where}.CodeUri"),
        routes=read_routes(events, base_path, f"{where}.Events"),
        mapping=None if mapping is None else mapping_of(mapping, f"{name}.Metadata.EventSourceMapping"),
        description=text_of(properties.get("Description", ""), f"{where}.Description"),
        schedules=read_schedules(events, name, f"{where}.Events"),
    )


def local_folder(value: object, folder: Path, where: str) -> Path:
    """A folder that stands beside the template. Raises TemplateError for an S3 address or a path that is not there."""
    text = text_of(value, where)
    if text.startswith(("s3://", "http://", "https://")):
        raise TemplateError(f"{where}: {text} is not on this machine; the emulator runs local folders only")
    path = (folder / text).resolve()
    if not path.is_dir():
        raise TemplateError(f"{where}: {text} is not a folder")
    return path


def _refuse_other_runtimes(properties: Mapping[str, object], where: str) -> None:
    runtime = text_of(properties.get("Runtime", ""), f"{where}.Runtime")
    if not runtime.startswith("python3."):
        raise TemplateError(f"{where}.Runtime: the emulator runs Python, not {runtime or 'nothing'}")


def _handler(properties: Mapping[str, object], where: str) -> str:
    handler = text_of(properties.get("Handler", ""), f"{where}.Handler")
    if "." not in handler.strip("."):
        raise TemplateError(f"{where}.Handler: module.attribute is needed, not {handler or 'nothing'}")
    return handler


def _base_path(recours: Mapping[str, object], where: str) -> str:
    base_path = text_of(recours.get("BasePath", ""), where).rstrip("/")
    if base_path and not base_path.startswith("/"):
        raise TemplateError(f"{where}: {base_path} does not begin with /")
    return base_path


def _environment(properties: Mapping[str, object], where: str) -> dict[str, str]:
    environment = mapping_of(properties.get("Environment"), where)
    refuse_unknown(environment, ("Variables",), where)
    variables = mapping_of(environment.get("Variables"), f"{where}.Variables")
    return {name: text_of(value, f"{where}.Variables.{name}") for name, value in variables.items()}


def _layers(properties: Mapping[str, object], layers: Mapping[str, Path], where: str) -> tuple[Path, ...]:
    names = [text_of(layer, where) for layer in list_of(properties.get("Layers"), where)]
    for name in names:
        if name not in layers:
            raise TemplateError(f"{where}: {name} is not an AWS::Serverless::LayerVersion of this template")
    return tuple(layers[name] for name in names)


def _code_uri(properties: Mapping[str, object], folder: Path, where: str) -> Path:
    return local_folder(properties.get("CodeUri", "."), folder, where)
