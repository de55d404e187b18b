"""The pages of the services say what the code says; `python docs/generate.py` writes their made parts."""

from dataclasses import replace

import pytest

from handlers.service_app import ServiceApp
from local.pages.events import appended, taken
from local.pages.marks import MarksError, filled
from local.pages.metrics import catalogue
from local.pages.routes import who
from local.pages.services import FOLDER, OVERVIEW, PARTS, begun, page_of, stale
from local.pages.stores import servers
from local.pages.subjects import Subject, subjects
from local.paths import ROOT
from metrics import catalog

COMMAND = "run `.venv/bin/python docs/generate.py`"


def subject(folder: str) -> Subject:
    (found,) = (each for each in subjects() if each.folder == folder)
    return found


def test_each_page_is_what_the_code_makes_of_it() -> None:
    names = ", ".join(path.name for path, _ in stale())
    assert not names, f"{names} out of date: {COMMAND}"


def test_each_folder_of_functions_has_a_page_and_no_other_page_is_there() -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/bootstrap.py")}
    assert {each.folder for each in subjects()} == folders
    assert set(FOLDER.glob("*.md")) == {OVERVIEW, *map(page_of, subjects())}


def test_what_stands_around_a_made_part_stays() -> None:
    page = "by hand\n<!-- made: routes -->\nold\n<!-- end -->\nby hand too\n"
    assert filled(page, {"routes": "new"}) == "by hand\n<!-- made: routes -->\n\nnew\n\n<!-- end -->\nby hand too\n"
    assert filled(filled(page, {"routes": "new"}), {"routes": "new"}) == filled(page, {"routes": "new"})


def test_a_folder_without_a_page_gets_one_that_begins_with_what_its_package_says() -> None:
    page = begun(subject("event_store"))
    assert page.startswith(
        "# Event store\n\nThe event store service: every event for good, replay, snapshots.\n\n## Routes"
    )
    assert filled(page, dict.fromkeys(PARTS, "made")).count("\nmade\n") == len(PARTS)


@pytest.mark.parametrize(
    "page", ["no marks", "<!-- made: rotues -->\n<!-- end -->", "<!-- made: routes -->\nno end of it"]
)
def test_a_page_without_the_marks_of_a_part_is_refused(page: str) -> None:
    with pytest.raises(MarksError):
        filled(page, {"routes": "new"})


def test_a_filter_keeps_out_what_it_does_not_name() -> None:
    (subscriber,) = subject("integration").subscribers
    assert taken(subscriber) == ["ReclamationCreee"]
    assert len(taken(replace(subscriber, mapping={**(subscriber.mapping or {}), "FilterCriteria": None}))) == 6


def test_only_who_opens_the_log_appends() -> None:
    appending = {each.folder: len(appended(each)) for each in subjects() if appended(each)}
    assert appending == {"claims": 5, "integration": 1}


def test_the_read_side_has_postgresql_alone() -> None:
    assert servers(subject("query")) == ["PostgreSQL"]


def test_a_route_that_the_table_does_not_know_is_for_nobody() -> None:
    app = ServiceApp("claims", title="", description="")
    assert who("GET", f"{app.base_path}/health") == "everybody"
    assert who("GET", f"{app.base_path}/claims/{{claim_id}}").startswith("customer (own), agent")
    assert who("GET", f"{app.base_path}/secrets") == "nobody"


def test_the_catalogue_is_read_as_it_is_when_it_is_imported() -> None:
    for name, instrument in catalogue().items():
        imported = getattr(catalog, name)
        assert (instrument.name, instrument.labels) == (imported.name, imported.label_names)
