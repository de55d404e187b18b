"""The template is read as SAM reads it, and what the emulator cannot do is refused by name."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from local.cli.invoke import URL_PARAMETERS
from local.template import Function, Route, Template, TemplateError, load_template

ROOT = Path(__file__).resolve().parents[3]
URLS = {name: f"{name}://x" for name in URL_PARAMETERS}
HEAD = """
Parameters:
  Colour: { Type: String, Default: blue, AllowedValues: [blue, red] }
  Secret: { Type: String }
  Days: { Type: Number, Default: 30, MinValue: 1 }
  Names: { Type: CommaDelimitedList, Default: "a, b" }
Mappings: { Sizes: { small: { memory: 256 } } }
Conditions: { IsRed: !Equals [!Ref Colour, red] }
Globals:
  Function:
    Runtime: python3.13
    Timeout: 7
    Layers: [!Ref Common]
    Environment: { Variables: { LEVEL: INFO, SHARED: global } }
Resources:
  Common: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: common } }
  Own: { Type: AWS::Serverless::LayerVersion, Properties: { ContentUri: own } }
  Orders: { Type: AWS::DynamoDB::Table }
  Queue: { Type: AWS::SQS::Queue }
  Files: { Type: AWS::S3::Bucket }
"""
OTHERS = ("Orders (AWS::DynamoDB::Table)", "Queue (AWS::SQS::Queue)", "Files (AWS::S3::Bucket)")


def load(folder: Path, resources: str, parameters: Mapping[str, str] | None = None) -> Template:
    for layer in ("common", "own"):
        (folder / layer).mkdir(exist_ok=True)
    path = folder / "template.yaml"
    path.write_text(HEAD + dedent(resources).replace("\n", "\n  "))
    return load_template(path, parameters or {})


def function(folder: Path, properties: str, parameters: Mapping[str, str] | None = None) -> Function:
    """A function `F` with these properties, one a line, beside its handler."""
    lines = "".join(f"\n    {line}" for line in dedent(properties).splitlines())
    resource = f"\nF:\n  Type: AWS::Serverless::Function\n  Properties:\n    Handler: app.handler{lines}\n"
    return load(folder, resource, parameters).function("F")


def variable(folder: Path, value: str, parameters: Mapping[str, str] | None = None) -> str:
    return function(folder, f"Environment: {{ Variables: {{ V: {value} }} }}", parameters).environment["V"]


def refusal(folder: Path, properties: str) -> str:
    with pytest.raises(TemplateError) as caught:
        function(folder, properties)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_systems_own_template_has_every_service_on_the_port_of_the_requirement() -> None:
    template = load_template(ROOT / "template.yaml", URLS)
    ports = {f.service: f.port for f in template.functions if f.routes}
    expected = {"claims": 8101, "notification": 8102, "audit": 8103, "projection": 8104, "query": 8105}
    assert expected.items() <= ports.items()
    claims = template.function("ClaimsFunction")
    assert claims.environment["REDIS_URL"] == "RedisUrl://x"
    assert claims.environment["IDEMPOTENCY_TTL_SECONDS"] == "86400"
    create = next(route for route in claims.routes if (route.method, route.path) == ("POST", "/claims-service/claims"))
    assert (create.api, create.payload_version, create.timeout_ms) == ("Gateway", "1.0", 29_000)
    assert claims.local_path(create) == "/claims"
    assert template.apis.keys() == {"Gateway"}
    assert template.apis["Gateway"].stage == "v1"
    assert all(layer.is_dir() for layer in claims.layers)


def test_globals_join_mappings_add_up_lists_and_yield_to_the_functions_own_scalars(tmp_path: Path) -> None:
    read = function(
        tmp_path,
        """
        Timeout: 9
        Layers: [!Ref Own]
        Environment: { Variables: { SHARED: own } }
        """.strip("\n"),
    )
    assert read.timeout_s == 9
    assert read.layers == (tmp_path / "common", tmp_path / "own")
    assert read.environment == {"LEVEL": "INFO", "SHARED": "own"}


def test_a_function_of_a_foreign_template_is_its_own_service(tmp_path: Path) -> None:
    read = function(tmp_path, "MemorySize: 256")
    assert (read.service, read.port, read.base_path, read.environments) == ("F", None, "", 1)
    assert (read.timeout_s, read.memory_mb, read.mapping) == (7, 256, None)


def test_metadata_tells_service_port_base_path_and_mapping(tmp_path: Path) -> None:
    read = load(
        tmp_path,
        """
        F:
          Type: AWS::Serverless::Function
          Metadata:
            Recours: { Service: s, Port: 9001, BasePath: /s-service, Environments: 3, SkippedWithoutAuth: true }
            EventSourceMapping: { Stream: "events:all", Group: g, BatchSize: 5 }
          Properties:
            Handler: app.handler
            Events:
              A: { Type: Api, Properties: { Method: get, Path: /s-service/x } }
              B: { Type: HttpApi, Properties: { Method: "*", Path: "/s-service", PayloadFormatVersion: "1.0" } }
        """,
    ).function("F")
    assert (read.service, read.port, read.base_path, read.environments) == ("s", 9001, "/s-service", 3)
    assert read.skipped_without_auth
    assert read.mapping == {"Stream": "events:all", "Group": "g", "BatchSize": 5}
    assert read.routes == (
        Route("GET", "/s-service/x", api="ServerlessRestApi"),
        Route("ANY", "/s-service", api="ServerlessHttpApi"),
    )
    assert read.local_path(read.routes[1]) == "/"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("!Ref Colour", "blue"),
        ("!Ref Days", "30"),
        ("true", "true"),
        ("2012-10-17", "2012-10-17"),
        ('!Sub "${Colour}-${AWS::Region}-${!Kept}"', "blue-us-east-1-${Kept}"),
        ('!Sub ["${x}!", { x: !Ref Colour }]', "blue!"),
        ("!GetAtt F.Arn", "arn:aws:lambda:us-east-1:000000000000:function:F"),
        ("!Ref F", "F"),
        ("!Ref F.Alias", "arn:aws:lambda:us-east-1:000000000000:function:F"),
        ("!Ref ServerlessRestApi", "ServerlessRestApi"),
        ("!GetAtt Common.Arn", "arn:aws:serverless:us-east-1:000000000000:Common"),
        ("!GetAtt Orders.Arn", "arn:aws:dynamodb:us-east-1:000000000000:table/Orders"),
        ('!Sub "${Queue.Arn}/${Queue}"', "arn:aws:sqs:us-east-1:000000000000:Queue/Queue"),
        ("!GetAtt Files.Arn", "arn:aws:s3:::files"),
        ("!Join ['-', [a, !Ref Colour]]", "a-blue"),
        ("!Join ['+', !Ref Names]", "a+b"),
        ("!Select [1, !Split [',', 'x,y']]", "y"),
        ("!FindInMap [Sizes, small, memory]", "256"),
        ("!If [IsRed, warm, cold]", "cold"),
    ],
)
def test_an_intrinsic_function_is_resolved(tmp_path: Path, written: str, value: str) -> None:
    assert variable(tmp_path, written) == value


def test_a_condition_follows_the_parameters_that_are_given(tmp_path: Path) -> None:
    assert variable(tmp_path, "!If [IsRed, warm, cold]", {"Colour": "red"}) == "warm"


def test_no_value_removes_the_property(tmp_path: Path) -> None:
    assert function(tmp_path, "Timeout: !Ref AWS::NoValue").timeout_s == 3


def test_a_parameter_is_needed_only_where_it_is_used(tmp_path: Path) -> None:
    assert function(tmp_path, "MemorySize: 128").name == "F"
    message = refusal(tmp_path, "Environment: { Variables: { V: !Ref Secret } }")
    assert "Parameters.Secret" in message
    assert "F.Properties.Environment.Variables.V" in message
    assert variable(tmp_path, "!Ref Secret", {"Secret": "s", "NotDeclared": "x"}) == "s"


@pytest.mark.parametrize(
    ("given", "named"), [({"Colour": "green"}, "AllowedValues"), ({"Days": "0"}, "MinValue"), ({"Days": "x"}, "number")]
)
def test_a_parameter_value_is_checked(tmp_path: Path, given: dict[str, str], named: str) -> None:
    with pytest.raises(TemplateError, match=named):
        variable(tmp_path, f"!Ref {next(iter(given))}", given)


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ("InlineCode: x", "F.Properties.InlineCode"),
        ("PackageType: Image", "F.Properties.PackageType"),
        ("Runtime: nodejs22.x", "F.Properties.Runtime"),
        ("Timeout: 901", "F.Properties.Timeout"),
        ("Timeout: soon", "F.Properties.Timeout"),
        ("CodeUri: nowhere", "F.Properties.CodeUri"),
        ("CodeUri: s3://bucket/key", "F.Properties.CodeUri"),
        ("Layers: [arn:aws:lambda:x]", "F.Properties.Layers"),
        ("Environment: { Variables: { V: !ImportValue x } }", "Fn::ImportValue"),
        ("Environment: { Variables: { V: !GetAtt Queue.QueueUrl } }", "Queue.QueueUrl"),
        ("Environment: { Variables: { V: !GetAtt Nobody.Arn } }", "Nobody.Arn"),
        ("Environment: { Variables: { V: '{{resolve:ssm:/key}}' } }", "F.Properties.Environment.Variables.V"),
        ("ImageUri: x", "F.Properties.ImageUri"),
        ("FunctionUrlConfig: { AuthType: NONE }", "F.Properties.FunctionUrlConfig"),
        ("Unheard: x", "F.Properties.Unheard"),
        ("ReservedConcurrentExecutions: many", "F.Properties.ReservedConcurrentExecutions"),
        ("Environment: { Variables: { V: !Ref Nobody } }", "Nobody"),
        ("Environment: { Variables: { V: [1] } }", "F.Properties.Environment.Variables.V"),
        ("Events: { E: { Type: SQS, Properties: { Queue: q } } }", "SQS"),
        ("Events: { E: { Type: CloudWatchEvent, Properties: { Pattern: {} } } }", "F.Properties.Events.E"),
        ("Events: { E: { Type: Api, Properties: { Method: GET, Path: /x, Odd: 1 } } }", "E.Properties.Odd"),
        ("Events: { E: { Type: Api, Properties: { Method: FETCH, Path: /x } } }", "Properties.Method"),
        ("Events: { E: { Type: Api, Properties: { Method: GET } } }", "Properties.Path"),
        ("Events: { E: { Type: Api, Properties: { Method: GET, Path: '/x{y}' } } }", "Properties.Path"),
        ("Events: { E: { Type: Api, Properties: { Method: GET, Path: '/{x+}/y' } } }", "Properties.Path"),
        ("Events: { E: { Type: HttpApi, Properties: { Method: GET, Path: /x, PayloadFormatVersion: 3 } } }", "3"),
    ],
)
def test_what_the_emulator_cannot_do_is_refused_by_name(tmp_path: Path, properties: str, named: str) -> None:
    assert named in refusal(tmp_path, properties)


@pytest.mark.parametrize(
    ("resources", "named"),
    [
        ("\nT: { Type: AWS::Serverless::Application }", "T.Type"),
        ("\nT: { Type: AWS::Serverless::Unheard }", "T.Type"),
        ("\nT: { Type: AWS::Serverless::StateMachine, Properties: { Events: { E: {} } } }", "T.Properties.Events"),
        ("\nA: { Type: AWS::Serverless::Api, Properties: { DefinitionBody: {} } }", "A.Properties.DefinitionBody"),
        ("\nFn::ForEach::X: [N, [a], {}]", "Fn::ForEach::X"),
        ("\nX: { Type: AWS::SQS::Queue }\nX: { Type: AWS::SQS::Queue }", "X stands twice"),
        ("\nX: [", "template.yaml:"),
    ],
)
def test_a_template_that_cannot_be_run_says_where(tmp_path: Path, resources: str, named: str) -> None:
    with pytest.raises(TemplateError, match=named):
        load(tmp_path, resources)


def test_a_resource_of_another_kind_is_named_as_not_emulated(tmp_path: Path) -> None:
    assert load(tmp_path, "\nQ: { Type: AWS::SQS::Queue }").not_emulated == (*OTHERS, "Q (AWS::SQS::Queue)")


@pytest.mark.parametrize("kind", ["Serverless::SimpleTable", "Serverless::StateMachine", "IAM::Role", "Logs::LogGroup"])
def test_what_changes_no_local_answer_is_left_to_the_cloud(tmp_path: Path, kind: str) -> None:
    resource = f"\nT: {{ Type: AWS::{kind}, Properties: {{ Name: !ImportValue x }} }}"
    assert load(tmp_path, resource).not_emulated == (*OTHERS, f"T (AWS::{kind})")


def test_what_only_the_cloud_needs_is_never_resolved(tmp_path: Path) -> None:
    properties = """
        Role: !ImportValue role
        Policies: [!Sub "${Nobody}", !GetAtt Queue.QueueUrl]
        Tags: { Owner: !Ref Nobody }
        VpcConfig: { SubnetIds: !Ref Nobody }
    """
    assert function(tmp_path, dedent(properties).strip("\n")).name == "F"


def test_an_event_source_that_is_not_there_may_be_left_out_and_is_named(tmp_path: Path) -> None:
    resource = """
    F:
      Type: AWS::Serverless::Function
      Properties: { Handler: a.b, Events: { E: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn } } } }
    """
    with pytest.raises(TemplateError, match="SQS"):
        load(tmp_path, resource)
    path = tmp_path / "template.yaml"
    read = load_template(path, {}, leave_out_events=True)
    assert read.function("F").routes == ()
    assert read.not_emulated == (*OTHERS, "F.Events.E (SQS)")


def test_a_function_has_the_name_and_the_concurrency_that_the_template_gives_it(tmp_path: Path) -> None:
    read = function(tmp_path, "FunctionName: !Sub '${Colour}-f'\nReservedConcurrentExecutions: 3")
    assert (read.function_name, read.concurrency_max, read.runtime) == ("blue-f", 3, "python3.13")


def test_a_resource_may_ignore_globals(tmp_path: Path) -> None:
    resource = """
    F:
      Type: AWS::Serverless::Function
      IgnoreGlobals: [Timeout, Layers]
      Properties: { Handler: a.b }
    """
    read = load(tmp_path, resource).function("F")
    assert (read.timeout_s, read.layers, read.environment["LEVEL"]) == (3, (), "INFO")
    ignoring_all = resource.replace("[Timeout, Layers]", '"*"').replace("a.b }", "a.b, Runtime: python3.12 }")
    read = load(tmp_path, ignoring_all).function("F")
    assert (read.timeout_s, read.runtime, read.environment) == (3, "python3.12", {})


def test_a_layer_that_is_yet_to_be_built_is_refused_with_what_to_do(tmp_path: Path) -> None:
    resource = """
    L:
      Type: AWS::Serverless::LayerVersion
      Metadata: { BuildMethod: python3.13 }
      Properties: { ContentUri: own }
    """
    with pytest.raises(TemplateError, match=r"L\.Properties\.ContentUri: .*sam build"):
        load(tmp_path, resource)
    (tmp_path / "own" / "python").mkdir()
    assert load(tmp_path, resource).functions == ()


@pytest.mark.parametrize(
    ("transform", "named"),
    [
        ("AWS::Serverless-2016-10-31", ""),
        ("[AWS::LanguageExtensions, AWS::Serverless-2016-10-31]", ""),
        ("Mine", "Mine"),
    ],
)
def test_other_transforms_than_sams_and_the_language_extensions_are_refused(
    tmp_path: Path, transform: str, named: str
) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(f"Transform: {transform}\nResources: {{}}\n")
    if not named:
        assert load_template(path, {}).functions == ()
        return
    with pytest.raises(TemplateError, match=f"Transform: {named}"):
        load_template(path, {})


@pytest.mark.parametrize(
    ("kind", "value", "resolved"),
    [
        ("AWS::EC2::VPC::Id", "vpc-1", "vpc-1"),
        ("List<AWS::EC2::Subnet::Id>", "a,b", "a+b"),
        ("List<String>", "a,b", "a+b"),
    ],
)
def test_a_parameter_of_the_clouds_own_types_is_a_text(tmp_path: Path, kind: str, value: str, resolved: str) -> None:
    path = tmp_path / "template.yaml"
    join = "!Join ['+', !Ref P]" if kind.startswith("List") else "!Ref P"
    path.write_text(
        f"Parameters: {{ P: {{ Type: '{kind}', Default: '{value}' }} }}\nResources:\n  F:\n"
        "    Type: AWS::Serverless::Function\n"
        f"    Properties: {{ Handler: a.b, Runtime: python3.13, Environment: {{ Variables: {{ V: {join} }} }} }}\n"
    )
    assert load_template(path, {}).function("F").environment["V"] == resolved


def test_a_parameter_whose_value_only_systems_manager_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        "Parameters: { P: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /key } }\n"
        "Resources: { F: { Type: AWS::Serverless::Function, Properties: { Handler: !Ref P, Runtime: python3.13 } } }\n"
    )
    with pytest.raises(TemplateError, match=r"Parameters\.P\.Type"):
        load_template(path, {})


def test_the_first_problem_is_raised_and_tells_how_many_there_are(tmp_path: Path) -> None:
    message = refusal(tmp_path, "Timeout: soon\nMemorySize: 1\nInlineCode: x")
    assert message.startswith("F.Properties.InlineCode: ")
    assert message.endswith("(2 more: ./recours template check template.yaml)")


def test_a_resource_whose_condition_is_false_is_not_there(tmp_path: Path) -> None:
    resource = "\nF: { Type: AWS::Serverless::Function, Condition: IsRed, Properties: { Handler: a.b } }"
    assert load(tmp_path, resource).functions == ()
    assert len(load(tmp_path, resource, {"Colour": "red"}).functions) == 1


def test_an_unknown_function_is_refused_with_the_ones_there_are(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="has no function Nobody; it has: none"):
        load(tmp_path, "").function("Nobody")


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="No such file"):
        load_template(tmp_path / "absent.yaml", {})


@pytest.mark.parametrize("code", ["a" * 5000, r"a\0b", "loop"])
def test_a_folder_that_cannot_be_is_refused(tmp_path: Path, code: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert "is not a folder" in refusal(tmp_path, f'CodeUri: "{code}"')


@pytest.mark.parametrize("variable", ['"A=B": x', '"": x', r'A: "a\0b"'])
def test_a_variable_that_lambda_would_not_take_is_refused(tmp_path: Path, variable: str) -> None:
    assert "Lambda takes no such variable" in refusal(tmp_path, f"Environment: {{ Variables: {{ {variable} }} }}")


def test_a_functions_name_must_be_one_for_lambda(tmp_path: Path) -> None:
    assert function(tmp_path, "FunctionName: a-b_1").function_name == "a-b_1"
    assert "is not a function's name" in refusal(tmp_path, "FunctionName: a b/../c")


def test_a_logical_id_must_be_one_for_cloudformation(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="letters and digits only"):
        load(tmp_path, '\n"../evil": { Type: AWS::Serverless::Function, Properties: { Handler: app.handler } }')


def test_a_route_that_two_functions_have_is_refused(tmp_path: Path) -> None:
    one = """
      Type: AWS::Serverless::Function
      Properties:
        Handler: app.handler
        Events: { E: { Type: Api, Properties: { Method: GET, Path: /x } } }
    """
    one = dedent(one).rstrip().replace("\n", "\n  ")
    with pytest.raises(TemplateError, match=r"G\.Properties\.Events: GET /x leads to F already"):
        load(tmp_path, f"\nF:{one}\nG:{one}")


def test_a_split_without_a_separator_is_refused(tmp_path: Path) -> None:
    assert "!Split needs a separator" in refusal(tmp_path, 'Description: !Select [0, !Split ["", "a"]]')


WHOLE = """
Conditions: { A: !Condition B, B: !Condition A }
Parameters:
  Bad: { Type: String, Default: x, AllowedPattern: "(" }
  Hidden: { Type: String, NoEcho: true, AllowedPattern: "[0-9]+" }
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: { Handler: app.handler, Runtime: python3.13, Description: VALUE }
"""


def refused_whole(folder: Path, text: str, parameters: Mapping[str, str] | None = None) -> str:
    path = folder / "template.yaml"
    path.write_text(text)
    with pytest.raises(TemplateError) as caught:
        load_template(path, parameters or {})
    return str(caught.value)


def test_a_condition_that_depends_on_itself_is_refused(tmp_path: Path) -> None:
    assert "depends on itself" in refused_whole(tmp_path, WHOLE.replace("VALUE", "!If [A, x, y]"))


def test_a_pattern_that_is_no_regular_expression_is_refused(tmp_path: Path) -> None:
    assert "is no regular expression" in refused_whole(tmp_path, WHOLE.replace("VALUE", "!Ref Bad"))


def test_the_value_of_a_hidden_parameter_is_not_told_where_it_is_refused(tmp_path: Path) -> None:
    told = refused_whole(tmp_path, WHOLE.replace("VALUE", "!Ref Hidden"), {"Hidden": "s3cret"})
    assert "Parameters.Hidden: its value does not match" in told
    assert "s3cret" not in told


def test_an_alias_inside_of_its_own_anchor_is_refused(tmp_path: Path) -> None:
    assert "inside of its own anchor" in refused_whole(tmp_path, WHOLE.replace("VALUE", "&a [*a]"))


def test_aliases_that_stand_for_more_than_any_template_has_are_refused(tmp_path: Path) -> None:
    levels = "".join(f"  {b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    text = f"Metadata:\n  a: &a [x]\n{levels}{WHOLE.replace('VALUE', 'x')}"
    assert "more than 100000 values" in refused_whole(tmp_path, text)


@pytest.mark.parametrize("depth", [900, 20_000])
def test_what_is_nested_deeper_than_it_can_be_read_is_refused(tmp_path: Path, depth: int) -> None:
    assert refused_whole(tmp_path, WHOLE.replace("VALUE", "[" * depth + "]" * depth))
