"""What a package is made for: a Python, an architecture, an operating system. Never the machine that makes it."""

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from local.packaging.errors import PackagingError

Architecture: TypeAlias = Literal["arm64", "x86_64"]
ARCHITECTURES: tuple[Architecture, ...] = ("arm64", "x86_64")
ARCHITECTURE_DEFAULT: Architecture = "x86_64"  # Lambda's own, where a template says nothing
_LINUX_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
_GLIBC_MINORS = range(17, 35)  # of glibc 2: manylinux2014 to Amazon Linux 2023
_GLIBC_MINOR_AMAZON_LINUX_2 = 26
_LAST_ON_AMAZON_LINUX_2 = 11
_LAST_MACOS_BY_MINOR = 10


@dataclass(frozen=True, slots=True)
class Target:
    """`python` is `3.13`. `macos` is empty but for packages that run on this laptop alone: its version, `14_0`."""

    python: str
    architecture: Architecture
    macos: str = ""

    @property
    def tag(self) -> str:
        """A name for folders: `cp313-linux-arm64`."""
        return f"cp{self.python.replace('.', '')}-{'macos' if self.macos else 'linux'}-{self.architecture}"

    @property
    def abi(self) -> str:
        """`cp313`."""
        return f"cp{self.python.replace('.', '')}"

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags of wheels that run there, the newest first; pip takes each as it stands.

        Lambda's Python 3.12 and later run on Amazon Linux 2023 (glibc 2.34), earlier ones on Amazon Linux 2 (2.26).
        Source: the page "Lambda runtimes" of the Lambda guide; PEP 600.
        """
        if self.macos:
            return (f"macosx_{self.macos}_{self.architecture}",)
        machine = _LINUX_MACHINES[self.architecture]
        newest = _GLIBC_MINOR_AMAZON_LINUX_2 if self._minor <= _LAST_ON_AMAZON_LINUX_2 else max(_GLIBC_MINORS)
        minors = [minor for minor in reversed(_GLIBC_MINORS) if minor <= newest]
        return (*(f"manylinux_2_{minor}_{machine}" for minor in minors), f"manylinux2014_{machine}")

    @property
    def markers(self) -> Mapping[str, str]:
        """The values of environment markers there (PEP 508)."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.architecture if self.macos else _LINUX_MACHINES[self.architecture],
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Darwin" if self.macos else "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "darwin" if self.macos else "linux",
        }

    @property
    def _minor(self) -> int:
        return int(self.python.partition(".")[2])


def python_of(runtime: str) -> str:
    """`3.13` of `python3.13`. Raises PackagingError for another runtime."""
    version = runtime.removeprefix("python")
    if version == runtime or not version.replace(".", "").isdigit():
        raise PackagingError(f"only Python functions can be packed, not {runtime or 'one without a Runtime'}")
    return version


def architecture_here() -> Architecture:
    """This machine's. Raises PackagingError where Lambda has none like it."""
    machine = platform.machine().lower()
    if machine in ("arm64", "aarch64"):
        return "arm64"
    if machine in ("x86_64", "amd64"):
        return "x86_64"
    raise PackagingError(f"Lambda runs on no machine like this one ({machine})")


def macos_here() -> str:
    """This machine's macOS version as wheels name it, `14_0`; empty elsewhere."""
    if sys.platform != "darwin":
        return ""
    major, minor = (platform.mac_ver()[0] + ".0").split(".")[:2]
    return f"{major}_0" if int(major) > _LAST_MACOS_BY_MINOR else f"{major}_{minor}"
