"""`AWS::Serverless::LayerVersion` resources as folders on this machine."""

from pathlib import Path

from local.template.model import TemplateError
from local.template.properties import Properties
from local.template.shapes import text_of


def read_layer(given: Properties, folder: Path, build_method: str | None) -> Path:
    """The layer's folder, in whose `python/` the packages stand. Raises TemplateError.

    `build_method` is the resource's `Metadata.BuildMethod`: such a layer has yet to be laid out by `sam build`.
    """
    path = local_folder(given.get("ContentUri", "."), folder, given.place("ContentUri"))
    if build_method is not None and not (path / "python").is_dir():
        raise TemplateError(
            f"{given.place('ContentUri')}: the layer has no python/ folder before it is built ({build_method}); "
            "run `sam build` and give .aws-sam/build/template.yaml"
        )
    return path


def local_folder(value: object, folder: Path, where: str) -> Path:
    """A folder that stands beside the template. Raises TemplateError for an S3 address or a path that is not there."""
    text = text_of(value, where)
    if text.startswith(("s3://", "http://", "https://")):
        raise TemplateError(f"{where}: {text} is not on this machine; the emulator runs local folders only")
    try:
        path = (folder / text).resolve()
        is_folder = path.is_dir()
    except (OSError, RuntimeError, ValueError):  # a name that is too long, links in a circle, a NUL
        is_folder = False
    if not is_folder:
        raise TemplateError(f"{where}: {text!r} is not a folder")
    return path
