"""The pages of `docs/services/`, their made parts filled in."""

import ast
from collections.abc import Iterator
from pathlib import Path

from local.pages.events import appended, events
from local.pages.functions import functions, invoked_by
from local.pages.markdown import code, listed, table
from local.pages.marks import MarksError, filled
from local.pages.metrics import metrics
from local.pages.routes import routes
from local.pages.settings import settings
from local.pages.sources import trees
from local.pages.stores import servers, stores
from local.pages.subjects import Subject, subjects
from local.paths import ROOT

FOLDER = ROOT / "docs/services"
OVERVIEW = FOLDER / "README.md"
PARTS = {
    "routes": routes,
    "functions": functions,
    "events": events,
    "stores": stores,
    "metrics": metrics,
    "settings": settings,
}


def pages() -> Iterator[tuple[Path, str]]:
    """Each page and what its text must be. Raises MarksError where a page lacks one of its marks."""
    for subject in subjects():
        page = page_of(subject)
        yield (
            page,
            _filled(page, text_of(page) or begun(subject), {name: make(subject) for name, make in PARTS.items()}),
        )
    yield OVERVIEW, _filled(OVERVIEW, text_of(OVERVIEW), {"overview": overview()})


def stale() -> list[tuple[Path, str]]:
    """Those of the pages that are not what they must be."""
    return [(path, text) for path, text in pages() if text_of(path) != text]


def text_of(page: Path) -> str:
    """A page as it is; nothing where there is none."""
    return page.read_text(encoding="utf-8") if page.exists() else ""


def begun(subject: Subject) -> str:
    """The page of a folder that has none yet: what its package says of itself, and the parts."""
    (package,) = trees(subject.path / "__init__.py")
    parts = (f"## {name.capitalize()}\n\n<!-- made: {name} -->\n<!-- end -->\n" for name in PARTS)
    title = subject.folder.replace("_", " ").capitalize()
    return "\n".join([f"# {title}\n", f"{ast.get_docstring(package) or ''}\n", *parts])


def page_of(subject: Subject) -> Path:
    """Where a folder of `functions/` is told of."""
    return FOLDER / f"{subject.folder}.md"


def overview() -> str:
    """A table of all services and their functions."""
    head = ("Page", "Port", "Functions", "Reads the log as", "Appends", "Stores")
    return table(head, [_line(subject) for subject in subjects()])


def _line(subject: Subject) -> tuple[str, ...]:
    ports = {str(function.port) for function in subject.http if function.port}
    groups = [str(function.mapping["Group"]) for function in subject.subscribers if function.mapping]
    return (
        f"[{subject.folder}]({page_of(subject).name})",
        ", ".join(sorted(ports)) or "–",
        "; ".join(f"{code(function.name)} ({invoked_by(function)})" for function in subject.functions),
        listed(groups),
        listed(appended(subject)),
        ", ".join(servers(subject)) or "–",
    )


def _filled(path: Path, page: str, parts: dict[str, str]) -> str:
    try:
        return filled(page, parts)
    except MarksError as error:
        raise MarksError(f"{path.relative_to(ROOT)}: {error}") from error
