"""A function is packed with what its handler reaches, and with nothing else."""

from pathlib import Path
from textwrap import dedent

import pytest

from local.packaging.errors import PackagingError
from local.packaging.imports import Import, imports_of
from local.packaging.own_code import own_entries
from local.packaging.reach import Reach, reach


def write(folder: Path, **files: str) -> Path:
    """Files by their dotted names: `a__b` is a/b.py."""
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return folder


def package(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").touch()


def imports(source: str, module: str = "a.b", *, is_package: bool = False) -> list[Import]:
    return imports_of(dedent(source).encode(), module, is_package=is_package)


def test_an_import_of_a_name_tells_the_module_and_the_name() -> None:
    assert imports("import x.y\nfrom m.n import o, p") == [Import("x.y"), Import("m.n", "o"), Import("m.n", "p")]


def test_a_relative_import_is_told_by_its_full_name() -> None:
    assert imports("from . import c\nfrom .d import e") == [Import("a", "c"), Import("a.d", "e")]
    assert imports("from .c import d", is_package=True) == [Import("a.b.c", "d")]
    assert imports("from ..c import d", module="a.b.z") == [Import("a.c", "d")]


def test_what_only_a_type_checker_imports_is_left_out() -> None:
    assert imports("if TYPE_CHECKING:\n    import x\nelse:\n    import y") == [Import("y")]
    assert imports("if typing.TYPE_CHECKING:\n    import x") == []


def test_an_import_inside_a_function_or_where_its_absence_is_caught_is_not_required() -> None:
    found = imports(
        """
        def f():
            import x
        try:
            import y
        except ImportError:
            import z
        try:
            import v
        except ValueError:
            pass
        """
    )
    assert found == [Import("x", is_required=False), Import("y", is_required=False), Import("z"), Import("v")]


def test_a_module_that_is_named_in_a_text_is_an_import() -> None:
    assert imports("import_module('x.y')\nresources.files('z')\nimport_module(name)") == [
        Import("x.y", is_required=False),
        Import("z", is_required=False),
    ]


def test_the_handler_reaches_modules_through_layers_and_the_packages_above_them(tmp_path: Path) -> None:
    code = write(tmp_path / "code", app="from one.two import three")
    layer = write(tmp_path / "layer", one__two__three="import redis", one__unused="import never")
    package(layer / "one")
    found = reach("app", [code, layer])
    assert set(found.files) == {"app", "one", "one.two", "one.two.three"}
    assert found.required == {"redis": "one.two.three"}


def test_the_standard_library_and_what_lambda_has_are_not_asked_for(tmp_path: Path) -> None:
    code = write(tmp_path, app="import json, boto3, botocore.config, xml.dom")
    assert reach("app", [code]) == Reach(files={"app": code / "app.py"})


def test_what_only_an_optional_module_requires_is_optional(tmp_path: Path) -> None:
    code = write(tmp_path, app="def f():\n    import sometimes", sometimes="import elsewhere\nimport gone.sub")
    found = reach("app", [code])
    assert found.required == {}
    assert found.optional == {"elsewhere": "sometimes", "gone": "sometimes"}
    assert "sometimes" in found.files


def test_a_module_is_required_though_somebody_else_imports_it_late(tmp_path: Path) -> None:
    code = write(
        tmp_path, app="def f():\n    import shared\nimport other", other="import shared", shared="import needed"
    )
    assert reach("app", [code]).required == {"needed": "shared"}


def test_modules_that_import_each_other_are_followed_once(tmp_path: Path) -> None:
    code = write(tmp_path, app="import b", b="import app")
    assert set(reach("app", [code]).files) == {"app", "b"}


def test_the_first_folder_that_has_a_module_wins(tmp_path: Path) -> None:
    first, second = write(tmp_path / "1", app="", m="import a"), write(tmp_path / "2", m="import b")
    assert reach("m", [first, second]).required == {"a": "m"}
    assert reach("m", [second, first]).required == {"b": "m"}


@pytest.mark.parametrize(
    ("source", "words"),
    [("import one.gone", "app imports one.gone, which does not exist"), ("def", "app.py")],
)
def test_what_cannot_be_imported_is_refused_by_name(tmp_path: Path, source: str, words: str) -> None:
    code = write(tmp_path, app=source)
    package(code / "one")
    with pytest.raises(PackagingError, match=words):
        reach("app", [code])


def test_a_handler_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=r"there is no module app\.gone"):
        reach("app.gone", [write(tmp_path, app="")])


def own(code: Path, handler: str) -> set[str]:
    return {entry.name for entry in own_entries(reach(handler, [code]), handler, code, [])}


def test_the_handlers_package_goes_whole_and_its_neighbours_stay(tmp_path: Path) -> None:
    code = write(tmp_path, functions__a__app="", functions__a__more="", functions__b__app="")
    package(code / "functions")
    (code / "functions/a/texts").mkdir()
    (code / "functions/a/texts/hello.txt").write_text("bonjour")
    (code / "functions/a/__pycache__").mkdir()
    (code / "functions/a/__pycache__/app.pyc").write_text("")
    assert own(code, "functions.a.app") == {
        "functions/__init__.py",
        "functions/a/app.py",
        "functions/a/more.py",
        "functions/a/texts/hello.txt",
    }


def test_another_package_that_is_reached_goes_whole_too(tmp_path: Path) -> None:
    code = write(tmp_path, functions__a__app="import functions.b.two.c", functions__b__two__c="", functions__b__one="")
    assert own(code, "functions.a.app") == {"functions/a/app.py", "functions/b/two/c.py"}


def test_a_handler_at_the_top_takes_no_other_files_of_the_top(tmp_path: Path) -> None:
    code = write(tmp_path, app="import helper, parts.one", helper="", unrelated="", parts__one="", parts__two="")
    assert own(code, "app") == {"app.py", "helper.py", "parts/one.py", "parts/two.py"}


def test_what_is_reached_in_a_layer_does_not_go_with_the_function(tmp_path: Path) -> None:
    code = write(tmp_path, app="import m, n", layers__one__m="")
    layers = [code / "layers/one", write(tmp_path / "elsewhere", n="")]
    found = reach("app", [code, *layers])
    assert [entry.name for entry in own_entries(found, "app", code, layers)] == ["app.py"]
