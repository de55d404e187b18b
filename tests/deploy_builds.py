"""Builds made by hand: what `./recours package` leaves behind, with next to nothing in the zips."""

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import yaml

from local.deploying.zips import CODE
from local.template.yaml_tags import read_yaml

OURS = Path(__file__).resolve().parents[1] / "template.yaml"
VALUES = {
    "RedisUrl": "redis://log.example:6379/0",
    "MongoUrl": "mongodb://archive.example",
    "PostgresUrl": "postgresql://models.example/read",
    "SmtpUrl": "smtp://mail.example:25",
    "SmsUrl": "http://sms.example",
    "OrderServiceUrl": "http://orders.example",
    "CustomerServiceUrl": "http://customers.example",
    "ClaimsUrl": "http://claims.example",
}
"""For the parameters of our template that have no default."""
SHOP = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: A shop
Parameters:
  DatabaseUrl: { Type: String, NoEcho: true }
  Level: { Type: String, Default: INFO }
Conditions:
  IsLoud: !Equals [!Ref Level, DEBUG]
Globals:
  Function:
    Runtime: python3.13
    Architectures: [arm64]
    Environment: { Variables: { LEVEL: !Ref Level, HERE: !Ref "AWS::Region" } }
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Variables: { colour: green }
      BinaryMediaTypes: [image~1png]
      Auth:
        DefaultAuthorizer: Token
        Authorizers:
          Token:
            FunctionArn: !GetAtt Guard.Arn
            FunctionPayloadType: TOKEN
            Identity: { ValidationExpression: "^Bearer .+$", ReauthorizeEvery: 60 }
  Shared:
    Type: AWS::Serverless::LayerVersion
    Properties: { ContentUri: shared, Description: What both have, CompatibleRuntimes: [python3.13] }
  Guard:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: guard, Handler: guard.handler }
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: orders
      Handler: orders.app
      Timeout: 10
      MemorySize: 256
      ReservedConcurrentExecutions: 5
      Description: Takes orders
      Layers: [!Ref Shared]
      Policies:
        - Statement: [{ Effect: Allow, Action: "sqs:SendMessage", Resource: !GetAtt Failed.Arn }]
      Environment:
        Variables:
          DATABASE_URL: !Ref DatabaseUrl
          FAILED: !GetAtt Failed.Arn
          GUARD: !Sub "${Guard}/${Guard.Arn}/${Level}"
      Events:
        List: { Type: Api, Properties: { RestApiId: !Ref Api, Method: GET, Path: /orders } }
        One: { Type: Api, Properties: { RestApiId: !Ref Api, Method: GET, Path: "/orders/{order_id}" } }
        Health:
          Type: Api
          Properties: { RestApiId: !Ref Api, Method: GET, Path: /health, Auth: { Authorizer: NONE } }
        Sweep: { Type: Schedule, Properties: { Schedule: rate(5 minutes), Input: '{"sweep": true}' } }
  Failed:
    Type: AWS::SQS::Queue
    Properties: { MessageRetentionPeriod: 86400 }
  Loud:
    Type: AWS::SQS::Queue
    Condition: IsLoud
  Table:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: orders }
"""


def make_build(folder: Path, template: str, *, code: str = "1") -> Path:
    """A build of that template in a folder; `code` is what stands in its zips."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "source.yaml").write_text(template, "utf-8")
    document: dict[str, Any] = read_yaml(folder / "source.yaml")
    document.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for name, body in document["Resources"].items():
        if body["Type"] in CODE:
            body.setdefault("Properties", {})[CODE[body["Type"]]] = f"./{name}.zip"
            with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
                archive.writestr(zipfile.ZipInfo("code.py"), f"# {name} {code}")
    (folder / "template.yaml").write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    return folder


def sha256(path: Path) -> str:
    """The digest of a file in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
