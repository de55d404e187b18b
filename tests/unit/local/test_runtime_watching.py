"""Which saved files a function is touched by."""

import os
from pathlib import Path

import pytest

from local.runtime.watching import SourceWatch, data_files, touches

LONG_AGO_S = 1_700_000_000
STARTED_NS = 1_800_000_000 * 10**9


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with a module, a folder of SQL without modules, and a package below that has one of its own."""
    for folder in ("claims/sql", "claims/below", "claims/__pycache__"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("app.py", "sql/upsert.sql", "below/other.py", "below/other.sql", "page.html", "output.txt"):
        (tmp_path / "claims" / name).write_text("1")
        os.utime(tmp_path / "claims" / name, (LONG_AGO_S, LONG_AGO_S))
    (tmp_path / "claims/__pycache__/app.sql").write_text("1")
    return tmp_path / "claims"


def save(file: Path, text: str = "changed") -> None:
    """Write a file with a time of its own, whatever the file system's clock can tell apart."""
    before = file.stat().st_mtime_ns if file.exists() else LONG_AGO_S * 10**9
    file.write_text(text)
    os.utime(file, ns=(before + 10**9, before + 10**9))


def test_a_module_that_was_saved_is_told_once(package: Path) -> None:
    watch, sources = SourceWatch(), frozenset({package / "app.py"})
    assert watch.saved(sources, STARTED_NS) == set()
    save(package / "app.py")
    assert watch.saved(sources, STARTED_NS) == {package / "app.py"}
    assert watch.saved(sources, STARTED_NS) == set()


def test_sql_beside_a_module_is_watched_too(package: Path) -> None:
    watch, sources = SourceWatch(), frozenset({package / "app.py"})
    watch.saved(sources, STARTED_NS)
    save(package / "sql/upsert.sql")
    save(package / "below/other.py")
    assert watch.saved(sources, STARTED_NS) == {package / "sql/upsert.sql"}


def test_an_editor_that_replaces_a_file_saves_it_once(package: Path) -> None:
    watch, sources = SourceWatch(), frozenset({package / "app.py"})
    watch.saved(sources, STARTED_NS)
    (package / "app.py").unlink()
    assert watch.saved(sources, STARTED_NS) == set()
    save(package / "app.py")
    assert watch.saved(sources, STARTED_NS) == {package / "app.py"}


def test_a_file_that_joins_later_counts_from_then_on(package: Path) -> None:
    watch = SourceWatch()
    watch.saved(frozenset({package / "app.py"}), STARTED_NS)
    save(package / "below/other.py")
    both = frozenset({package / "app.py", package / "below/other.py"})
    assert watch.saved(both, STARTED_NS) == set()
    save(package / "below/other.py", "again")
    assert watch.saved(both, STARTED_NS) == {package / "below/other.py"}


def test_a_module_that_was_saved_between_its_import_and_the_first_look_counts_once(package: Path) -> None:
    watch, sources = SourceWatch(), frozenset({package / "app.py"})
    moment_s = STARTED_NS // 10**9 + 1
    os.utime(package / "app.py", (moment_s, moment_s))
    os.utime(package / "page.html", (moment_s, moment_s))
    assert watch.saved(sources, STARTED_NS) == {package / "app.py"}
    assert watch.saved(sources, STARTED_NS) == set()


def test_data_is_what_people_write_and_what_modules_of_others_do_not_own(package: Path) -> None:
    assert set(data_files([package / "app.py"])) == {package / "sql/upsert.sql", package / "page.html"}


@pytest.mark.parametrize("marker", ["supervisor.lock", "environments.json"])
def test_what_a_running_system_writes_beside_the_code_is_no_source(package: Path, marker: str) -> None:
    run = package / "data" / "run"
    run.mkdir(parents=True)
    (run / marker).touch()
    (run / "state.json").touch()
    assert set(data_files([package / "app.py"])) == {package / "sql/upsert.sql", package / "page.html"}


def test_a_function_is_touched_by_its_modules_and_by_the_data_below_them(package: Path) -> None:
    sources = frozenset({package / "app.py"})
    assert touches(package / "app.py", sources)
    assert touches(package / "sql/upsert.sql", sources)
    assert not touches(package / "below/other.py", sources)
    assert not touches(package.parent / "other/x.sql", sources)
