"""Mappings that cannot be run are told before anything starts."""

from pathlib import Path

import pytest

from local.cli.invoke import URL_PARAMETERS
from local.paths import DEFAULT_TEMPLATE
from local.supervisor.errors import StartError
from local.supervisor.mappings import check_mappings
from local.template import Template, load_template

URLS = dict.fromkeys(URL_PARAMETERS, "x")


def ours(tmp_path: Path, before: str, after: str) -> Template:
    """Our template with one change, beside the folders that it names."""
    for folder in ("functions", "layers"):
        (tmp_path / folder).symlink_to(DEFAULT_TEMPLATE.parent / folder)
    changed = tmp_path / "template.yaml"
    text = DEFAULT_TEMPLATE.read_text()
    assert before in text
    changed.write_text(text.replace(before, after))
    return load_template(changed, URLS)


def test_our_own_template_is_well() -> None:
    check_mappings(load_template(DEFAULT_TEMPLATE, URLS))


def test_a_wrong_property_is_told_by_function_and_name(tmp_path: Path) -> None:
    template = ours(tmp_path, "BatchSize: 100", "BatchSize: 0")
    with pytest.raises(StartError, match="NotificationSubscriber: BatchSize must be a whole number from 1 to 10000"):
        check_mappings(template)


def test_two_functions_do_not_share_a_group(tmp_path: Path) -> None:
    template = ours(tmp_path, "Group: audit-service", "Group: notification-service")
    with pytest.raises(StartError, match="AuditSubscriber: Group notification-service of events:all is Notification"):
        check_mappings(template)
