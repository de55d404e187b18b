"""What an invocation is given, what stands in the log around it, and how large it may be."""

import re

from tests.integration.gateway.gateway_process import Gateway

REPORT = re.compile(
    r"REPORT RequestId: (?P<id>[0-9a-f-]{36})\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\t"
    r"Memory Size: 128 MB\tMax Memory Used: (?P<used>\d+) MB(?P<init>\tInit Duration: [\d.]+ ms)?"
)
MEGABYTE = 1024 * 1024


def test_lambdas_lines_stand_around_what_the_function_prints(gateway: Gateway) -> None:
    for words in ("the first", "the second"):
        assert gateway.ask(f"/reserved?do=say&words={words.replace(' ', '+')}").status == 200
    first, second = re.split(r"^(?=START )", gateway.log("Reserved"), flags=re.MULTILINE)[1:]
    for said, words in ((first, "the first"), (second, "the second")):
        report = REPORT.fullmatch(said.splitlines()[-1])
        assert report is not None, said
        request_id = report["id"]
        assert said.startswith(f"START RequestId: {request_id} Version: $LATEST\n")
        # Standard error is not buffered, so its words may stand before or behind those of standard output, or in a line
        # with them: they have no end.
        printed, end, _ = said.partition(f"END RequestId: {request_id}\n")
        assert end
        assert words in printed.replace(f"and {words} without an end", "")
        assert f"and {words} without an end" in printed
        assert 0 < int(report["used"]) <= 128
        assert (report["init"] is not None) == (said is first)


def test_a_context_has_its_own_request_id_and_counts_its_time_down(gateway: Gateway) -> None:
    told = [gateway.ask("/patient").json() for _ in range(2)]
    assert told[0]["request_id"] != told[1]["request_id"]
    first_ms, later_ms = told[0]["remaining_ms"]
    assert 0 < later_ms < first_ms <= 60_000
    assert f"RequestId: {told[0]['request_id']}" in gateway.log("Patient")
    assert str(told[0]["arn"]).endswith(":function:Patient")


def test_a_function_sees_the_variables_that_lambda_sets(gateway: Gateway) -> None:
    variables = gateway.ask("/hasty").json()["variables"]
    assert isinstance(variables, dict)
    told = {name.removeprefix("AWS_LAMBDA_"): value for name, value in variables.items()}
    assert told["FUNCTION_NAME"] == "Hasty"
    assert told["FUNCTION_MEMORY_SIZE"] == "128"
    assert told["FUNCTION_VERSION"] == "$LATEST"
    assert told["LOG_GROUP_NAME"] == "/aws/lambda/Hasty"
    assert told["INITIALIZATION_TYPE"] == "on-demand"
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"]


def test_a_body_of_five_megabytes_goes_in_and_out_again(gateway: Gateway) -> None:
    body = "é" * (5 * MEGABYTE // 2)
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    answer = gateway.ask("/patient?do=body", method="POST", body=body.encode(), headers=headers)
    assert answer.status == 200
    assert answer.body.decode() == body


def test_an_answer_over_lambdas_limit_is_refused_and_the_environment_goes_on(gateway: Gateway) -> None:
    pid = gateway.ask("/patient").json()["pid"]
    assert len(gateway.ask(f"/patient?do=much&bytes={5 * MEGABYTE}").body) == 5 * MEGABYTE
    refused = gateway.ask(f"/patient?do=much&bytes={6 * MEGABYTE + 1}")
    assert (refused.status, refused.headers["content-type"]) == (502, "application/problem+json")
    assert gateway.ask("/patient").json()["pid"] == pid
