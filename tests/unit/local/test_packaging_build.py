"""A build with pip itself, and wheels made by hand in place of an index."""

import argparse
import json
import shutil
import zipfile
from pathlib import Path
from textwrap import dedent

import pytest

from local.cli import package as command_module
from local.cli.errors import CommandError
from local.cli.package_options import add_package
from local.packaging import limits
from local.packaging.building import build
from local.packaging.errors import PackagingError
from local.packaging.manifest import Manifest
from tests.unit.local.made_wheels import TARGET_TAG, lock_lines, make_wheel

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: python3.13, CodeUri: ., Architectures: [x86_64] } }
Resources:
  Shared: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: shared } }
  Greet:
    Type: AWS::Serverless::Function
    Properties: { Handler: functions.greet.app.handler, Layers: [!Ref Shared] }
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which pip finds its wheels, and nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))


def project(folder: Path, index: Path) -> Path:
    """A function that imports a layer, and through it one of the locked packages; its template."""
    fast = make_wheel(index, "fast", {"fast/__init__.py": "", "fast/core.so": "ELF"}, requires=["help"], tag=TARGET_TAG)
    make_wheel(index, "fast", {"fast/__init__.py": ""}, tag="cp313-cp313-win_amd64")
    helping, unused = make_wheel(index, "help", {"help.py": ""}), make_wheel(index, "unused", {"unused.py": ""})
    write(
        folder,
        {
            "template.yaml": TEMPLATE,
            "functions/__init__.py": "",
            "functions/greet/app.py": "import shared\n",
            "functions/greet/hello.txt": "bonjour",
            "functions/other/app.py": "import unused\n",
            "shared/python/shared.py": "import fast\n",
            "requirements/functions.in": "fast\nunused\n",
            "requirements/functions.txt": lock_lines(fast, helping, unused),
        },
    )
    return folder / "template.yaml"


def built(template: Path, dist: Path, said: list[str] | None = None) -> Manifest:
    return build(template, dist, dist.parent / "wheels", (said if said is not None else []).append)


def names(file: Path) -> list[str]:
    with zipfile.ZipFile(file) as archive:
        return [name for name in archive.namelist() if ".dist-info/" not in name]


def test_two_checkouts_give_the_same_bytes(tmp_path: Path, index: Path) -> None:
    first = project(tmp_path / "one" / "checkout", index)
    second = tmp_path / "two"
    shutil.copytree(first.parent, second)
    write(second, {"functions/greet/__pycache__/app.cpython-313.pyc": "x"})
    built(first, tmp_path / "one" / "dist")
    built(second / "template.yaml", tmp_path / "two-dist")
    for file in sorted((tmp_path / "one" / "dist").iterdir()):
        assert file.read_bytes() == (tmp_path / "two-dist" / file.name).read_bytes(), file.name


def test_a_function_has_its_code_and_its_packages_and_a_layer_its_folder(tmp_path: Path, index: Path) -> None:
    manifest = built(project(tmp_path / "checkout", index), tmp_path / "dist")
    assert names(tmp_path / "dist" / "Greet.zip") == [
        "fast/__init__.py",
        "fast/core.so",
        "functions/__init__.py",
        "functions/greet/app.py",
        "functions/greet/hello.txt",
        "help.py",
    ]
    assert names(tmp_path / "dist" / "Shared.zip") == ["python/shared.py"]
    assert set(manifest.package("Greet").weights) == {"fast", "help", "own code"}


def test_a_second_build_asks_nobody_for_wheels(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = project(tmp_path / "checkout", index)
    first = built(template, tmp_path / "dist")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "gone"))
    assert built(template, tmp_path / "dist") == first


def test_a_wheel_in_the_cache_that_is_damaged_is_fetched_again(tmp_path: Path, index: Path) -> None:
    template = project(tmp_path / "checkout", index)
    first = built(template, tmp_path / "dist")
    (cached,) = (tmp_path / "wheels").glob("*/help-*.whl")
    cached.write_bytes(b"damaged")
    assert built(template, tmp_path / "dist") == first


def test_a_wheel_with_another_hash_than_the_locked_one_is_refused(tmp_path: Path, index: Path) -> None:
    template = project(tmp_path / "checkout", index)
    make_wheel(index, "help", {"help.py": "evil = True"})
    with pytest.raises(PackagingError, match=r"(?i)hash"):
        built(template, tmp_path / "dist")


def test_a_package_without_a_wheel_for_the_target_is_refused(tmp_path: Path, index: Path) -> None:
    template = project(tmp_path / "checkout", index)
    with pytest.raises(PackagingError, match="cp313-linux-arm64"):
        build(template, tmp_path / "dist", tmp_path / "wheels", print, architecture="arm64")


def test_a_zip_that_is_no_longer_made_goes_and_other_files_stay(tmp_path: Path, index: Path) -> None:
    template = project(tmp_path / "checkout", index)
    built(template, tmp_path / "dist")
    (tmp_path / "dist" / "mine.zip").touch()
    template.write_text(TEMPLATE.replace("Greet:", "Welcome:"))
    built(template, tmp_path / "dist")
    found = {path.name for path in (tmp_path / "dist").iterdir()}
    assert found == {"Shared.zip", "Welcome.zip", "mine.zip", "template.yaml", "manifest.json"}


def test_a_folder_with_requirements_of_its_own_is_packed_whole_as_sam_does(tmp_path: Path, index: Path) -> None:
    make_wheel(index, "fast", {"fast.py": ""}, requires=["help"])
    make_wheel(index, "help", {"help.py": ""})
    folder = tmp_path / "foreign"
    write(
        folder,
        {
            "template.yaml": TEMPLATE.replace("CodeUri: .", "CodeUri: hello").replace("functions.greet.app", "app"),
            "hello/app.py": "import fast\n",
            "hello/data/unread.csv": "1",
            "hello/requirements.txt": "fast\n",
            "shared/python/shared.py": "",
        },
    )
    said: list[str] = []
    built(folder / "template.yaml", tmp_path / "dist", said)
    assert names(tmp_path / "dist" / "Greet.zip") == [
        "app.py",
        "data/unread.csv",
        "fast.py",
        "help.py",
        "requirements.txt",
    ]
    assert any("has no hashes" in sentence for sentence in said)


def test_a_layer_that_sam_is_to_build_has_its_files_and_packages_below_python(tmp_path: Path, index: Path) -> None:
    make_wheel(index, "help", {"help.py": ""})
    layer = "Shared: { Type: AWS::Serverless::LayerVersion, Metadata: { BuildMethod: python3.13 }, "
    text = TEMPLATE.replace("Shared: { Type: AWS::Serverless::LayerVersion, ", layer)
    write(tmp_path, {"t/template.yaml": text, "t/shared/one.py": "", "t/shared/requirements.txt": "help"})
    write(tmp_path, {"t/functions/greet/app.py": ""})
    built(tmp_path / "t" / "template.yaml", tmp_path / "t" / "dist")
    assert names(tmp_path / "t" / "dist" / "Shared.zip") == [
        "python/help.py",
        "python/one.py",
        "python/requirements.txt",
    ]
    # Without any requirements the folder goes as it is, but not what was built in it before.
    built(tmp_path / "t" / "template.yaml", tmp_path / "t" / "dist")
    assert not [name for name in names(tmp_path / "t" / "dist" / "Greet.zip") if name.startswith("dist/")]


# --- the command


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_package(parser.add_subparsers())
    return command_module.command(parser.parse_args(["package", *arguments]))


@pytest.fixture
def template(tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(command_module, "WHEELS", tmp_path / "wheels")
    return str(project(tmp_path / "checkout", index))


def test_the_command_prints_a_table_or_json(tmp_path: Path, template: str, capsys: pytest.CaptureFixture[str]) -> None:
    dist = str(tmp_path / "dist")
    assert run("--template", template, "--out", dist) == 0
    assert "Greet.zip" in capsys.readouterr().out
    assert run("--template", template, "--out", dist, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [package["name"] for package in told[dist]["packages"]] == ["Shared", "Greet"]


def test_both_processors_have_a_folder_each(tmp_path: Path, template: str, index: Path) -> None:
    fast = make_wheel(index, "fast", {"fast/__init__.py": ""}, tag=TARGET_TAG.replace("x86_64", "aarch64"))
    lock = Path(template).parent / "requirements" / "functions.txt"
    name, rest = lock.read_text().split("\n", 1)
    hashes = lock_lines(fast).partition("\n")[2].rstrip()
    lock.write_text(f"{name}\n{hashes} \\\n{rest}")
    assert run("--template", template, "--out", str(tmp_path / "dist"), "--arch", "both") == 0
    assert "fast/core.so" in names(tmp_path / "dist" / "x86_64" / "Greet.zip")
    assert "fast/core.so" not in names(tmp_path / "dist" / "arm64" / "Greet.zip")
    assert "arm64" in (tmp_path / "dist" / "arm64" / "template.yaml").read_text()


def test_a_package_beyond_lambdas_limits_fails_the_command(
    tmp_path: Path, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ZIPPED_MB_MAX", 0)
    with pytest.raises(CommandError, match=r"Greet\.zip has .* its heaviest: ") as caught:
        run("--template", template, "--out", str(tmp_path / "dist"))
    assert caught.value.exit_code == 1


def test_what_cannot_be_packed_fails_the_command_in_one_line(tmp_path: Path, template: str) -> None:
    (Path(template).parent / "functions/greet/app.py").write_text("import nobody_knows")
    with pytest.raises(CommandError, match=r"functions\.greet\.app imports nobody_knows"):
        run("--template", template, "--out", str(tmp_path / "dist"))
