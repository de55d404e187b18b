"""Every function of the template answers with nothing but what Lambda would be given: its zip, and its layers'.

The processes are Python 3.13 in isolation (see local/packaged/command.py), so that whatever the packages forgot is
missing. No store is there. So functions that answer HTTP tell their health; subscribers get an empty batch; those that
run by the clock, or say who may call, are loaded, which imports all that they import.
"""

import asyncio
import json
import os
from pathlib import Path

import pytest

from local.packaged.errors import PackagedError
from local.packaged.factory import packaged_factory, prepare
from local.packaged.pythons import find_python
from local.packaging.limits import oversizes
from local.packaging.manifest import Manifest
from local.paths import DEFAULT_TEMPLATE, ROOT
from local.runtime.contract import Invocation, Outcome
from local.template import Function, Template, load_template
from local.template.yaml_tags import read_yaml

NOBODY = "127.0.0.1:1"
URLS = {
    "RedisUrl": f"redis://{NOBODY}",
    "MongoUrl": f"mongodb://{NOBODY}",
    "PostgresUrl": f"postgresql://u:p@{NOBODY}/d",
    "SmtpUrl": f"smtp://{NOBODY}",
}
EMPTY_BATCH = b'{"Records": []}'
ASKS_A_STORE_FIRST = {"IntegrationSubscriber", "NotificationSubscriber"}
"""Whatever the batch; that it found none is told by our own code, behind MongoDB's driver."""
AT_ONCE = 2


@pytest.fixture(scope="module", autouse=True)
def _python() -> None:
    runtime = _template().functions[0].runtime.removeprefix("python")
    try:
        find_python(runtime)
    except PackagedError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages") / "dist"


@pytest.fixture(scope="module")
def manifest(dist: Path) -> Manifest:
    return prepare(DEFAULT_TEMPLATE, dist, lambda _: None)


@pytest.fixture(scope="module")
def answers(manifest: Manifest, dist: Path) -> dict[str, Outcome | None]:
    """What each function answered, by name; None where it was loaded alone."""
    assert manifest.packages
    return asyncio.run(_ask_all(dist))


def _template() -> Template:
    declared = read_yaml(DEFAULT_TEMPLATE)["Parameters"]
    assert isinstance(declared, dict)
    values = {name: f"http://{NOBODY}" for name, body in declared.items() if "Default" not in body}
    return load_template(DEFAULT_TEMPLATE, values | URLS)


def _function_names() -> list[str]:
    return [function.name for function in _template().functions]


async def _ask_all(dist: Path) -> dict[str, Outcome | None]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def ask(function: Function) -> Outcome | None:
        async with turns:
            return await _ask(function, dist)

    functions = _template().functions
    outcomes = await asyncio.gather(*(ask(function) for function in functions))
    return {function.name: outcome for function, outcome in zip(functions, outcomes, strict=True)}


async def _ask(function: Function, dist: Path) -> Outcome | None:
    environment = packaged_factory(function, dist, dict(os.environ))(function.name, dist / f"{function.name}.log")
    try:
        await environment.initialize()
        event = _event(function)
        return None if event is None else await environment.invoke(Invocation(function.name, event))
    finally:
        await environment.end(0.0)


def _event(function: Function) -> bytes | None:
    if function.routes:
        return (ROOT / "events" / "http" / function.service / "Health.json").read_bytes()
    return EMPTY_BATCH if function.mapping is not None else None


@pytest.mark.parametrize("name", _function_names())
def test_each_function_works_from_its_zip_alone(answers: dict[str, Outcome | None], name: str) -> None:
    function, outcome = _template().function(name), answers[name]
    if outcome is None:
        assert _event(function) is None, "it was loaded"
        return
    answer = json.loads(outcome.payload)
    if name in ASKS_A_STORE_FIRST:
        assert outcome.error_type == "StoreUnavailableError", answer
        return
    assert not outcome.is_error, answer
    if function.routes:
        assert answer["statusCode"] == 200
        assert json.loads(answer["body"])["service"] == function.service
    else:
        assert answer == {"batchItemFailures": []}


def test_files_that_are_not_python_go_along(manifest: Manifest, dist: Path) -> None:
    async def ask() -> Outcome:
        function = _template().function("QueryFunction")
        environment = packaged_factory(function, dist, dict(os.environ))("query", dist / "query.log")
        try:
            await environment.initialize()
            event = (ROOT / "events/http/query/DocsAsset.json").read_bytes()
            return await environment.invoke(Invocation("r", event))
        finally:
            await environment.end(0.0)

    assert manifest.package("QueryFunction")
    assert json.loads(asyncio.run(ask()).payload)["statusCode"] == 200


def test_every_package_is_within_lambdas_limits(manifest: Manifest) -> None:
    assert oversizes(manifest) == []


def test_a_function_has_no_packages_that_it_does_not_reach(manifest: Manifest) -> None:
    query, audit = manifest.package("QueryFunction"), manifest.package("AuditFunction")
    assert {"psycopg", "psycopg-binary"} <= set(query.weights)
    assert not {"pymongo", "redis"} & set(query.weights)
    assert "pymongo" in audit.weights
    assert not {"psycopg", "redis", "httpx"} & set(audit.weights)
    assert not [one for one in manifest.packages if {"boto3", "botocore", "pip", "setuptools"} & set(one.weights)]
