"""S3's ARNs, and those of the queues and topics that its notifications name.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html
"""

from __future__ import annotations

from awskit.resources.arns import build_arn, global_arn, parse_arn

DIRECTORY_ACCESS_POINT = "--xa-s3"
"""What the names of directory buckets' access points end in."""


def bucket_arn(name: str, region: str) -> str:
    """`arn:aws:s3:::name`, of the partition of the bucket's region."""
    return global_arn("s3", region, "", name)


def bucket_named_by(arn: str) -> str | None:
    """The name of the bucket whose ARN it is, of any partition; None where it is none's."""
    parts = parse_arn(arn)
    if parts is None or parts.service != "s3" or parts.region or parts.account_id:
        return None
    name = parts.resource
    return name if name and "/" not in name else None


def access_point_arn(name: str, region: str, account_id: str) -> str:
    """`arn:aws:s3:region:account:accesspoint/name`; of a directory bucket's, `arn:aws:s3express:...`."""
    service = "s3express" if name.endswith(DIRECTORY_ACCESS_POINT) else "s3"
    return build_arn(service, region, account_id, f"accesspoint/{name}")


def directory_bucket_arn(name: str, region: str, account_id: str) -> str:
    """`arn:aws:s3express:region:account:bucket/name`."""
    return build_arn("s3express", region, account_id, f"bucket/{name}")


def directory_bucket_named_by(arn: str) -> str | None:
    """The name of the directory bucket whose ARN it is; None where it is none's."""
    parts = parse_arn(arn)
    if parts is None or parts.service != "s3express" or not parts.resource.startswith("bucket/"):
        return None
    return parts.resource.removeprefix("bucket/") or None


def multi_region_access_point_arn(alias: str, region: str, account_id: str) -> str:
    """`arn:aws:s3::account:accesspoint/alias.mrap`, of the partition of a region of it."""
    return global_arn("s3", region, account_id, f"accesspoint/{alias}")
