"""The bucket of a stack, on either target."""

from local.deploying.errors import DeployError

LENGTH_MAX = 63  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
US_EAST_1 = "us-east-1"  # the one region that may not be named when a bucket is made


def bucket_name(stack: str, account: str, region: str) -> str:
    """Its name, which no other account has. Raises DeployError where it would be too long."""
    name = f"{stack.lower()}-artifacts-{account}-{region}"
    if len(name) > LENGTH_MAX:
        raise DeployError(f"{name} has {len(name)} characters, and buckets have {LENGTH_MAX}: a shorter --stack")
    return name


def making(name: str, region: str) -> dict[str, object]:
    """The arguments of the call that makes it there."""
    elsewhere = {} if region == US_EAST_1 else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    return {"Bucket": name, **elsewhere}
