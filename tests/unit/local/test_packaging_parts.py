"""The parts of packing that touch nothing: targets, locks, wheels, limits, the template."""

import zipfile
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from local.packaging.archive import Compressor, contents_sha256, write_zip
from local.packaging.deployable import deployable
from local.packaging.distributions import choose
from local.packaging.entries import Entry, file_entry, folder_entries, merged
from local.packaging.errors import PackagingError
from local.packaging.limits import MB, oversizes
from local.packaging.lockfile import read_extras, read_lock
from local.packaging.manifest import FILE_NAME, Manifest, Package, read_manifest
from local.packaging.reach import Reach
from local.packaging.resources import read_sources
from local.packaging.table import size_table
from local.packaging.target import Target, architecture_here, python_of
from local.packaging.trimming import packed_files
from local.packaging.wheels import Wheel, open_wheel
from local.template.yaml_tags import read_yaml
from tests.unit.local.made_wheels import make_wheel

ARM = Target("3.13", "arm64")
HASH = f"--hash=sha256:{'0' * 64}"
FUNCTION = Package("F", "function", "F.zip", "a" * 64, "b" * 64, 100, 200, "3.13", "arm64", ("L",), {"x": 150, "y": 50})
LAYER = Package("L", "layer", "L.zip", "c" * 64, "d" * 64, 10, 20, "3.13", "arm64")


def entries(**texts: str) -> dict[str, Entry]:
    return {name: Entry(name, text.encode(), "own code") for name, text in texts.items()}


# --- the target


def test_a_python_on_amazon_linux_2023_takes_newer_wheels_than_one_on_amazon_linux_2() -> None:
    assert ARM.platforms[0] == "manylinux_2_34_aarch64"
    assert ARM.platforms[-1] == "manylinux2014_aarch64"
    assert Target("3.11", "x86_64").platforms[0] == "manylinux_2_26_x86_64"


def test_the_markers_are_the_targets_and_not_this_machines() -> None:
    assert ARM.markers["python_version"] == "3.13"
    assert (ARM.markers["sys_platform"], ARM.markers["platform_machine"]) == ("linux", "aarch64")
    mac = Target("3.13", "arm64", macos="14_0")
    assert (mac.platforms, mac.markers["sys_platform"]) == (("macosx_14_0_arm64",), "darwin")


def test_a_runtime_that_is_not_python_is_refused() -> None:
    assert python_of("python3.13") == "3.13"
    for runtime in ("nodejs22.x", "", "python"):
        with pytest.raises(PackagingError):
            python_of(runtime)


def test_a_processor_that_lambda_does_not_have_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "AMD64")
    assert architecture_here() == "x86_64"
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    with pytest.raises(PackagingError, match="riscv64"):
        architecture_here()


# --- the lock


def test_a_lock_is_read_for_the_target(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text(
        f"# a comment\nPy_JWT==2.0 \\\n    {HASH} \\\n    --hash=sha256:{'1' * 64}\n"
        f"ansicon==1.0 ; sys_platform == 'win32' \\\n    {HASH}\n"
        f"old==1.0 ; python_full_version < '3.12' {HASH}\n"
    )
    locked = read_lock(lock, ARM.markers)
    assert list(locked) == ["py-jwt"]
    assert locked["py-jwt"].line == f"py-jwt==2.0 {HASH} --hash=sha256:{'1' * 64}"


@pytest.mark.parametrize("line", ["thing==1.0", f"thing = 1 {HASH}"])
def test_a_line_that_is_not_locked_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "lock.txt").write_text(line)
    with pytest.raises(PackagingError, match="thing"):
        read_lock(tmp_path / "lock.txt", ARM.markers)


def test_a_lock_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match="No such file"):
        read_lock(tmp_path / "lock.txt", ARM.markers)


def test_extras_are_those_that_were_asked_for_by_name(tmp_path: Path) -> None:
    (tmp_path / "some.in").write_text("# why\n-r other.in\nredis[hiredis]\nhttpx  # plain\n")
    assert read_extras(tmp_path / "some.in") == {"redis": {"hiredis"}, "httpx": frozenset()}


# --- wheels


def wheel(folder: Path, name: str, files: dict[str, str], *requires: str) -> Wheel:
    return open_wheel(make_wheel(folder, name, files, requires=requires))


def test_a_wheel_tells_what_can_be_imported_from_it(tmp_path: Path) -> None:
    made = wheel(tmp_path, "Some-Thing", {"a/b.py": "", "c.cpython-313-x86_64-linux-gnu.so": "", "d.txt": ""})
    assert (made.name, made.version, set(made.import_names)) == ("some-thing", "1.0", {"a", "c"})


def test_the_data_folders_of_a_wheel_are_read_as_they_are_installed(tmp_path: Path) -> None:
    made = wheel(
        tmp_path, "x", {"x-1.0.data/purelib/x.py": "", "x-1.0.data/scripts/x": "", "x-1.0.data/headers/x.h": ""}
    )
    assert [name for name in made.members if ".dist-info" not in name] == ["x.py"]


def test_a_wheel_is_packed_without_what_nothing_reads_while_it_runs(tmp_path: Path) -> None:
    made = wheel(
        tmp_path,
        "x",
        {
            "x/__init__.py": "",
            "x/page.html": "",
            "x/core.pyi": "",
            "x/py.typed": "",
            "x/core.c": "",
            "x/tests/test_x.py": "",
            "tests/__init__.py": "",
            "x-1.0.dist-info/licenses/LICENSE": "",
            "x-1.0.dist-info/entry_points.txt": "",
            "x-1.0.dist-info/sboms/x.json": "",
        },
    )
    assert set(packed_files(made)) == {
        "x/__init__.py",
        "x/page.html",
        "tests/__init__.py",
        "x-1.0.dist-info/METADATA",
        "x-1.0.dist-info/licenses/LICENSE",
        "x-1.0.dist-info/entry_points.txt",
    }


def test_of_chalice_the_runtime_is_packed(tmp_path: Path) -> None:
    files = {"chalice/__init__.py": "", "chalice/app.py": "", "chalice/cli/__init__.py": "", "chalice/local.py": ""}
    made = wheel(tmp_path, "chalice", files, "click", "botocore")
    assert [name for name in packed_files(made) if ".dist-info" not in name] == [
        "chalice/__init__.py",
        "chalice/app.py",
    ]
    chosen = choose(Reach(required={"chalice": "app"}), {"chalice": made}, {}, ARM.markers, "lock")
    assert list(chosen.wheels) == ["chalice"]


def chosen(reach: Reach, *wheels: Wheel, extras: dict[str, frozenset[str]] | None = None) -> list[str]:
    return list(choose(reach, {one.name: one for one in wheels}, extras or {}, ARM.markers, "the lock").wheels)


def test_a_function_gets_what_it_imports_and_what_that_requires_on_the_target(tmp_path: Path) -> None:
    a = wheel(tmp_path, "a-dist", {"a.py": ""}, "b>=1", "old; python_version < '3.12'", "boto3", "s3transfer")
    b = wheel(tmp_path, "B", {"b.py": ""}, "c; sys_platform == 'linux'")
    c, unused = wheel(tmp_path, "c", {"c.py": ""}), wheel(tmp_path, "unused", {"unused.py": ""})
    assert chosen(Reach(required={"a": "app"}), a, b, c, unused) == ["a-dist", "b", "c"]


def test_an_extra_goes_along_where_it_was_asked_for(tmp_path: Path) -> None:
    a = wheel(tmp_path, "a", {"a.py": ""}, "fast; extra == 'speed'", "d[deep]")
    fast, d = wheel(tmp_path, "fast", {"fast.py": ""}), wheel(tmp_path, "d", {"d.py": ""}, "e; extra == 'deep'")
    e, wanted = wheel(tmp_path, "e", {"e.py": ""}), Reach(required={"a": "app"})
    assert chosen(wanted, a, fast, d, e) == ["a", "d", "e"]
    assert chosen(wanted, a, fast, d, e, extras={"a": frozenset({"speed"})}) == ["a", "d", "e", "fast"]


def test_an_import_that_nothing_locked_answers_is_refused_unless_it_is_optional(tmp_path: Path) -> None:
    a = wheel(tmp_path, "a", {"a.py": ""})
    with pytest.raises(
        PackagingError, match=r"app imports z, which is neither in the function, its layers nor in the lock"
    ):
        chosen(Reach(required={"z": "app"}), a)
    found = choose(Reach(optional={"z": "app", "a": "app"}), {"a": a}, {}, ARM.markers, "the lock")
    assert (list(found.wheels), found.absent) == (["a"], ("z",))


def test_a_requirement_that_is_not_locked_is_refused(tmp_path: Path) -> None:
    a = wheel(tmp_path, "a", {"a.py": ""}, "missing")
    with pytest.raises(PackagingError, match="missing is required"):
        chosen(Reach(required={"a": "app"}), a)


# --- the zip


def test_the_same_files_give_the_same_zip_that_everybody_reads(tmp_path: Path) -> None:
    files = entries(**{"a/é.txt": "texte", "empty": "", "z": "z" * 100_000})
    files["run"] = Entry("run", b"#!/bin/sh\n", "own code", is_program=True)
    data = write_zip(files, Compressor())
    assert data == write_zip(files, Compressor())
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name).decode() for name in archive.namelist()} == {
            name: entry.data.decode() for name, entry in files.items()
        }
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        modes = {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
    assert modes == {"a/é.txt": 0o644, "empty": 0o644, "z": 0o644, "run": 0o755}
    assert len(data) < 2_000


def test_the_digest_of_contents_tells_names_modes_and_texts_apart() -> None:
    plain = entries(a="bc")
    assert contents_sha256(plain) == contents_sha256(entries(a="bc"))
    others = [entries(ab="c"), entries(a="bd"), {"a": replace(plain["a"], is_program=True)}]
    assert len({contents_sha256(one) for one in [plain, *others]}) == len(others) + 1


def test_two_files_at_one_place_are_refused_unless_they_are_equal() -> None:
    one, other = Entry("a", b"1", "first"), Entry("a", b"2", "second")
    assert merged([one, replace(one, origin="second")]) == {"a": one}
    with pytest.raises(PackagingError, match="first and second both have a"):
        merged([one, other])


def test_caches_hidden_files_and_the_output_do_not_go_along(tmp_path: Path) -> None:
    for place in ("a.py", "b/c.txt", "b/__pycache__/x.pyc", ".git/x", "b/.env", "dist/F.zip", "node_modules/x.js"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    assert [one.name for one in folder_entries(tmp_path, "python/", tmp_path / "dist")] == [
        "python/a.py",
        "python/b/c.txt",
    ]


# --- sizes


def test_a_zip_beyond_a_limit_is_named_with_its_heaviest_parts() -> None:
    heavy = replace(FUNCTION, zipped_bytes=51 * MB, unpacked_bytes=240 * MB, weights={"big": 200 * MB, "small": 2048})
    sentences = oversizes(Manifest("t", (replace(LAYER, unpacked_bytes=11 * MB), heavy)))
    assert sentences == [
        "F.zip has 51.0 MB zipped, and Lambda takes 50 MB; its heaviest: big 200.0 MB, small 2 KB",
        "F.zip has 251.0 MB unpacked with its layers, and Lambda takes 250 MB; its heaviest: big 200.0 MB, small 2 KB",
    ]
    assert oversizes(Manifest("t", (LAYER, replace(heavy, zipped_bytes=50 * MB, unpacked_bytes=239 * MB)))) == []


def test_the_table_has_a_line_a_zip() -> None:
    lines = size_table(
        Manifest("t", (LAYER, replace(FUNCTION, unpacked_bytes=3 * MB, weights={"x": 3 * MB})))
    ).splitlines()
    assert [line.split()[0] for line in lines] == ["zip", "L.zip", "F.zip"]
    assert lines[2].endswith("x 3.0 MB")


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    manifest = Manifest("template.yaml", (LAYER, FUNCTION))
    (tmp_path / FILE_NAME).write_text(manifest.as_json())
    assert read_manifest(tmp_path) == manifest
    assert manifest.with_layers(FUNCTION) == (FUNCTION, LAYER)


def test_a_folder_without_a_manifest_or_with_another_versions_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match="package --out"):
        read_manifest(tmp_path)
    (tmp_path / FILE_NAME).write_text('{"format": 99, "template": "", "packages": []}')
    with pytest.raises(PackagingError, match="package again"):
        read_manifest(tmp_path)


# --- the template

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters: { Url: { Type: String } }
Globals: { Function: { Runtime: python3.13, CodeUri: ., Architectures: [arm64], Layers: [!Ref L] } }
Resources:
  L:
    Type: AWS::Serverless::LayerVersion
    Metadata: { BuildMethod: python3.13 }
    Properties: { ContentUri: layer, CompatibleArchitectures: [x86_64] }
  F:
    Type: AWS::Serverless::Function
    Metadata: { Ours: yes }
    Properties: { Handler: app.handler, Environment: { Variables: { URL: !Sub "${Url}/x" } } }
  Image: { Type: AWS::Serverless::Function, Properties: { PackageType: Image } }
  Elsewhere: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: "s3://bucket/key" } }
"""


def template(folder: Path, text: str = TEMPLATE) -> Path:
    (folder / "layer").mkdir(exist_ok=True)
    path = folder / "template.yaml"
    path.write_text(dedent(text))
    return path


def test_a_template_tells_what_is_to_be_packed_without_any_parameters_value(tmp_path: Path) -> None:
    sources = read_sources(template(tmp_path))
    (function,), (layer,) = sources.functions, sources.layers
    assert (function.name, function.handler, function.folder) == ("F", "app.handler", tmp_path)
    assert (function.layers, function.python, function.architecture) == (("L",), "3.13", "arm64")
    assert (layer.is_built, layer.python, layer.architecture) == (True, "3.13", "x86_64")
    assert sources.left_alone == ("Image", "Elsewhere")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[!Ref L]", "[!Ref L, !Ref L, !Ref L, !Ref L, !Ref L, !Ref L]", "F has 6 layers"),
        ("CodeUri: .", "CodeUri: gone", "gone is not a folder"),
        ("[arm64]", "[mips]", "mips is not one of arm64, x86_64"),
        ("Runtime: python3.13", "Runtime: java21", "not java21"),
    ],
)
def test_what_lambda_would_not_take_is_refused_by_name(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(PackagingError, match=words):
        read_sources(template(tmp_path, TEMPLATE.replace(old, new)))


def test_the_deployable_template_names_the_zips_and_is_the_same_otherwise(tmp_path: Path) -> None:
    document = read_yaml(template(tmp_path))
    packages = (LAYER, replace(FUNCTION, architecture="x86_64"))
    (tmp_path / "out.yaml").write_text(deployable(document, Manifest("template.yaml", packages)))
    made = read_yaml(tmp_path / "out.yaml")
    resources = made["Resources"]
    assert isinstance(resources, dict)
    assert resources["F"] == {
        "Type": "AWS::Serverless::Function",
        "Metadata": {"Ours": True},
        "Properties": {
            "Handler": "app.handler",
            "Environment": {"Variables": {"URL": {"Fn::Sub": "${Url}/x"}}},
            "CodeUri": "./F.zip",
            "Architectures": ["x86_64"],
        },
    }
    assert resources["L"] == {
        "Type": "AWS::Serverless::LayerVersion",
        "Properties": {"ContentUri": "./L.zip", "CompatibleArchitectures": ["arm64"]},
    }
    assert {name: value for name, value in made.items() if name in ("Parameters", "Transform")} == {
        "Parameters": document["Parameters"],
        "Transform": document["Transform"],
    }
    assert document == read_yaml(tmp_path / "template.yaml")


def test_the_deployable_template_has_no_yaml_that_cloudformation_cannot_read(tmp_path: Path) -> None:
    shared = {"A": "1"}
    resource = {"Type": "AWS::Serverless::Function", "Properties": {"One": shared, "Two": shared, "Text": "a\nb\n"}}
    text = deployable({"Version": "2010-09-09", "Resources": {"F": resource}}, Manifest("t", (FUNCTION,)))
    assert "&id" not in text
    assert yaml.safe_load(text)["Version"] == "2010-09-09"
    assert yaml.safe_load(text)["Resources"]["F"]["Properties"]["Text"] == "a\nb\n"


@pytest.mark.parametrize("target", ["nowhere", "elsewhere"])
def test_a_link_that_is_not_to_a_file_is_refused_and_not_left_out(tmp_path: Path, target: str) -> None:
    folder, elsewhere = tmp_path / "code", tmp_path / "elsewhere"
    for made in (folder, elsewhere):
        made.mkdir()
    (folder / "texts").symlink_to(tmp_path / target)
    with pytest.raises(PackagingError, match="only links to files are packed"):
        list(folder_entries(folder))


def test_a_file_whose_name_no_zip_can_hold_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(PackagingError, match="is not UTF-8"):
        file_entry(tmp_path / "a", "caf\udce9")
