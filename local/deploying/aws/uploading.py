"""The bucket with the zips and the template, each under its digest: what is there already is not sent again."""

import hashlib
from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from local.deploying.aws.account import Account, Client
from local.deploying.buckets import bucket_name, making
from local.deploying.errors import DeployError
from local.deploying.zips import Zip

Tell = Callable[[str], None]
_PRIVATE = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}


def prepare_bucket(account: Account, stack: str, given: str | None, tell: Tell) -> str:
    """The bucket to use: the one that is given, or our own of this stack, made where there is none.

    Raises DeployError for one that is somebody else's, or that is given and not there.
    """
    client = account.client("s3")
    name = given or bucket_name(stack, account.number, account.region)
    match _status(client, name):
        case "200":
            return name
        case "404" if given is None:
            _make(client, name, account.region)
            tell(f"made the bucket {name}")
            return name
        case "404":
            raise DeployError(f"there is no bucket {name}; leave --bucket away to have one made")
        case _:
            raise DeployError(f"the bucket {name} is not ours to use; name another one by --bucket")


def upload_zips(account: Account, bucket: str, stack: str, zips: Mapping[str, Zip], tell: Tell) -> dict[str, str]:
    """Upload those that are missing. Returns the URI of each by logical id: `s3://bucket/recours/3f….zip`."""
    client = account.client("s3")
    keys = {name: f"{stack}/{one.file}" for name, one in zips.items()}
    missing = {keys[name]: one for name, one in zips.items() if _status(client, bucket, keys[name]) == "404"}
    for key, one in missing.items():
        client.upload_file(str(one.path), bucket, key)
        tell(f"uploaded {one.path.name}")
    return {name: f"s3://{bucket}/{key}" for name, key in keys.items()}


def upload_template(account: Account, bucket: str, stack: str, text: str) -> str:
    """Upload the template, which may be larger than a call takes (51,200 bytes). Returns its URL."""
    client = account.client("s3")
    key = f"{stack}/{hashlib.sha256(text.encode()).hexdigest()}.template"
    client.put_object(Bucket=bucket, Key=key, Body=text.encode())
    suffix = "amazonaws.com.cn" if account.region.startswith("cn-") else "amazonaws.com"
    return f"https://{bucket}.s3.{account.region}.{suffix}/{key}"


def _make(client: Client, name: str, region: str) -> None:
    client.create_bucket(**making(name, region))
    client.get_waiter("bucket_exists").wait(Bucket=name)
    client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_PRIVATE)


def _status(client: Client, bucket: str, key: str | None = None) -> str:
    """`200`, `404`, or what else S3 says of a bucket or of an object in it."""
    try:
        if key is None:
            client.head_bucket(Bucket=bucket)
        else:
            client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "200"
