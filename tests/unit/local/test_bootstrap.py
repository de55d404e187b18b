"""The `recours` script under sh, with Pythons and a pip that are shell scripts: what it decides, not what pip does."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

TOOLS = ("cat", "chmod", "cksum", "dirname", "head", "kill", "mkdir", "mv", "readlink", "rm", "sh", "sleep", "tail")

# Makes a .venv whose python notes how it is called; `-c` always works, so that it counts as whole.
PYTHON = """#!/bin/sh
echo "$0 $*" >>"$CALLS"
case "$1 $2" in
"-m venv")
    mkdir -p "$3/bin"
    cat >"$3/bin/python" <<'END'
#!/bin/sh
echo "venv $*" >>"$CALLS"
case "$*" in
*" pip install "*) exit "${PIP_EXIT:-0}" ;;
"-m local"*) pwd; echo "from $RECOURS_CALLED_FROM" ;;
esac
END
    chmod +x "$3/bin/python"
    ;;
esac
"""


class Clone:
    """A directory with the script, requirements and a PATH of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.programs = root / "programs"
        self.calls_file = root / "calls"
        (root / "requirements").mkdir()
        self.programs.mkdir()
        shutil.copy(ROOT / "recours", root / "recours")
        for level in ("local", "test", "lint"):
            (root / "requirements" / f"{level}.txt").write_text(level)

    def add_python(self, name: str, text: str = PYTHON) -> None:
        program = self.programs / name
        program.write_text(text)
        program.chmod(0o755)

    def run(self, *arguments: str, cwd: Path | None = None, **variables: str) -> "subprocess.CompletedProcess[str]":
        self.calls_file.write_text("")
        environment = {"PATH": f"{self.programs}:{self._tools()}", "CALLS": str(self.calls_file), **variables}
        return subprocess.run(
            ["/bin/sh", str(self.root / "recours"), *arguments],
            cwd=cwd or self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def installs(self) -> list[str]:
        """The requirements files that pip was given in the last run."""
        lines = self.calls_file.read_text().splitlines()
        return [line.split()[-1] for line in lines if " pip install " in line]

    def _tools(self) -> Path:
        """What the script needs of a system, and no Python."""
        tools = self.root / "tools"
        tools.mkdir(exist_ok=True)
        for name in TOOLS:
            found = shutil.which(name)
            if found and not (tools / name).exists():
                (tools / name).symlink_to(found)
        return tools


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_the_first_run_installs_and_the_next_does_not(clone: Clone) -> None:
    clone.add_python("python3")
    assert clone.run("status").returncode == 0
    assert clone.installs() == ["requirements/local.txt"]
    assert clone.run("status").returncode == 0
    assert clone.installs() == []


def test_changed_requirements_are_installed_again(clone: Clone) -> None:
    clone.add_python("python3")
    clone.run("status")
    (clone.root / "requirements" / "local.txt").write_text("changed")
    clone.run("status")
    assert clone.installs() == ["requirements/local.txt"]


def test_tests_need_more_and_what_has_more_is_enough(clone: Clone) -> None:
    clone.add_python("python3")
    clone.run("test", "unit")
    assert clone.installs() == ["requirements/test.txt"]
    clone.run("status")
    assert clone.installs() == []
    clone.run("status", RECOURS_REQUIREMENTS="lint")
    assert clone.installs() == ["requirements/lint.txt"]
    clone.run("test")
    assert clone.installs() == []


def test_what_is_installed_for_more_is_kept_when_its_file_changes(clone: Clone) -> None:
    clone.add_python("python3")
    clone.run("status", RECOURS_REQUIREMENTS="lint")
    (clone.root / "requirements" / "lint.txt").write_text("changed")
    clone.run("status")
    assert clone.installs() == ["requirements/lint.txt"]


def test_a_failed_installation_is_told_and_tried_again(clone: Clone) -> None:
    clone.add_python("python3")
    failed = clone.run("status", PIP_EXIT="1")
    assert failed.returncode == 1
    assert "recours: pip could not install requirements/local.txt" in failed.stderr
    assert clone.run("status").returncode == 0
    assert clone.installs() == ["requirements/local.txt"]


def test_what_a_killed_installation_left_is_made_anew(clone: Clone) -> None:
    clone.add_python("python3")
    clone.run("status")
    (clone.root / ".venv" / ".recours-requirements").unlink()
    (clone.root / ".venv" / ".recours-installing").touch()
    (clone.root / ".venv" / "half-made").touch()
    assert clone.run("status").returncode == 0
    assert not (clone.root / ".venv" / "half-made").exists()


def test_a_lock_whose_holder_is_gone_is_taken_over(clone: Clone) -> None:
    clone.add_python("python3")
    gone = subprocess.Popen(["true"])
    gone.wait()
    lock = clone.root / ".recours" / "install.lock"
    lock.mkdir(parents=True)
    (lock / "pid").write_text(str(gone.pid))
    assert clone.run("status").returncode == 0
    assert not lock.exists()


def test_the_newest_python_that_works_is_taken(clone: Clone) -> None:
    clone.add_python("python3.14", "#!/bin/sh\necho 'shim: no such version'; exit 127\n")
    clone.add_python("python3.13", "#!/bin/sh\necho 'has no module ensurepip'; exit 1\n")
    clone.add_python("python3.12")
    clone.add_python("python3")
    clone.run("status")
    first = clone.calls_file.read_text().splitlines()[0]
    assert first.startswith(f"{clone.programs}/python3.12 ")


def test_without_a_python_that_works_one_line_tells_what_was_tried(clone: Clone) -> None:
    clone.add_python("python3.13", "#!/bin/sh\necho 'has no module ensurepip'; exit 1\n")
    refused = clone.run("status")
    assert refused.returncode == 1
    assert refused.stderr.startswith("recours: needs Python 3.11 or newer")
    assert "python3.13 has no module ensurepip" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_an_unknown_level_is_wrong_use(clone: Clone) -> None:
    clone.add_python("python3")
    assert clone.run("status", RECOURS_REQUIREMENTS="everything").returncode == 2


def test_called_from_elsewhere_and_through_a_link_it_finds_itself_and_tells_from_where(clone: Clone) -> None:
    clone.add_python("python3")
    elsewhere = clone.root / "else where"
    elsewhere.mkdir()
    (elsewhere / "link").symlink_to(clone.root / "recours")
    done = subprocess.run(
        ["/bin/sh", "link", "status"],
        cwd=elsewhere,
        env={**os.environ, "PATH": f"{clone.programs}:{clone._tools()}", "CALLS": str(clone.calls_file)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{clone.root}\nfrom {elsewhere}\n"
