"""The bucket of a stack: its zips, each under the digest of its contents."""

from collections.abc import Collection

from local.deploying.buckets import making
from local.deploying.changes import Change, change_of
from local.deploying.localstack.lookups import found
from local.deploying.localstack.site import Site
from local.deploying.zips import Zip


def deploy_bucket(site: Site) -> Change:
    """Make the bucket where there is none."""
    name = site.names.bucket
    exists = found(site.buckets.head_bucket, Bucket=name) is not None
    if site.acts and not exists:
        site.buckets.create_bucket(**making(name, site.names.region))
    return change_of("bucket", name, [], exists=exists)


def upload_zips(site: Site, zips: Collection[Zip]) -> Change:
    """Upload the zips that are not there."""
    missing = {one.file: one for one in zips if not _is_there(site, one.file)}
    if site.acts:
        for key, one in missing.items():
            site.buckets.upload_file(str(one.path), site.names.bucket, key)
    count = len({one.file for one in zips})
    uploaded = [f"{len(missing)} uploaded"] if missing else []
    label, is_any_there = f"{count} in {site.names.bucket}", len(missing) < count
    return change_of("zips", label, uploaded, exists=is_any_there, detail="".join(uploaded))


def _is_there(site: Site, key: str) -> bool:
    return found(site.buckets.head_object, Bucket=site.names.bucket, Key=key) is not None
