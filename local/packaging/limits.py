"""Lambda's limits of a package's size, and what is over them."""

from local.packaging.manifest import Manifest, Package

MB = 1 << 20
ZIPPED_MB_MAX, UNPACKED_MB_MAX = 50, 250
"""Of a zip that is uploaded directly; of a function with its layers, unpacked.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""
_HEAVIEST = 3


def oversizes(manifest: Manifest) -> list[str]:
    """A sentence for each package that Lambda would refuse, with its heaviest parts."""
    return [sentence for package in manifest.packages for sentence in _oversizes_of(package, manifest)]


def heaviest(package: Package, count: int = _HEAVIEST) -> str:
    """The heaviest parts of a package: `pydantic-core 5.0 MB, pymongo 3.1 MB`."""
    return ", ".join(f"{name} {size_text(size)}" for name, size in list(package.weights.items())[:count])


def size_text(count: int) -> str:
    """A number of bytes for people: `5.0 MB`, `12 KB`."""
    return f"{count / MB:.1f} MB" if count >= MB / 10 else f"{count / 1024:.0f} KB"


def unpacked_bytes(package: Package, manifest: Manifest) -> int:
    """The size of a function with its layers, or of a layer, unpacked."""
    return sum(one.unpacked_bytes for one in manifest.with_layers(package))


def _oversizes_of(package: Package, manifest: Manifest) -> list[str]:
    sentences = []
    if package.zipped_bytes > ZIPPED_MB_MAX * MB:
        sentences.append(_sentence(package, package.zipped_bytes, ZIPPED_MB_MAX, "zipped"))
    if (size := unpacked_bytes(package, manifest)) > UNPACKED_MB_MAX * MB:
        what = "unpacked with its layers" if package.layers else "unpacked"
        sentences.append(_sentence(package, size, UNPACKED_MB_MAX, what))
    return sentences


def _sentence(package: Package, size: int, most_mb: int, what: str) -> str:
    return (
        f"{package.file} has {size_text(size)} {what}, and Lambda takes {most_mb} MB; its heaviest: {heaviest(package)}"
    )
