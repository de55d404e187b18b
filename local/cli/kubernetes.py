"""`kubernetes`: the template as manifests."""

import argparse

from local.cli.errors import CommandError
from local.paths import put_layers_on_path
from local.template import TemplateError


def command(given: argparse.Namespace) -> int:
    """Write the manifests; with --check tell whether they are there already."""
    put_layers_on_path()  # the mapping's properties are the streams layer's
    from local.kubernetes.files import differences, write_files
    from local.kubernetes.manifests import manifest_files
    from streams.errors import MappingError

    try:
        texts = manifest_files(given.template, given.image, given.pollers_min)
        if given.check:
            return _check(differences(given.out, texts), given)
        write_files(given.out, texts)
    except (TemplateError, MappingError) as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{given.out} cannot be written: {error.strerror or error}") from error
    print(f"{len(texts)} files in {given.out}; kubectl apply --kustomize {given.out}")
    return 0


def _check(found: list[str], given: argparse.Namespace) -> int:
    if found:
        raise CommandError(f"{given.out} is not what the template makes ({', '.join(found)}): ./recours kubernetes")
    print(f"{given.out} is what the template makes")
    return 0
