"""The flow through built packages, under Lambda's own runtime; `pytest --packaged` runs every test so."""

import pytest

from local.packaged.errors import PackagedError
from local.packaged.pythons import find_python
from tests.e2e.test_scripts import run_script
from tests.system import check, running_system

PYTHON = "3.13"


def test_packages_that_see_nothing_but_themselves_take_a_claim_through_its_life(pytestconfig: pytest.Config) -> None:
    if pytestconfig.getoption("--packaged"):
        pytest.skip("every test of this run has the packages")
    try:
        find_python(PYTHON)
    except PackagedError as error:
        pytest.skip(str(error))
    with running_system("--packaged") as system:
        check(run_script("test-event-driven.sh", "--data", str(system.data)))
