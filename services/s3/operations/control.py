"""S3 Control: tags of buckets and access points by their ARN, and an account's public access block.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import parse_arn, partition_of
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.access.control_accounts import account_of
from services.s3.access_points.addresses import of_arn
from services.s3.arns import bucket_named_by, directory_bucket_named_by
from services.s3.errors import invalid_request, no_such_access_point, no_such_bucket
from services.s3.objects import tags
from services.s3.objects.tags import Tags
from services.s3.runtime import S3Context
from services.s3.store import access_points, accounts, buckets
from services.s3.store.buckets import Bucket

_MODEL = "s3control"


@read_operation("ListTagsForResource", model=_MODEL)
def list_tags_for_resource(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return {"Tags": tags.to_tag_set(_tagged(context, input, transaction).tags)}


@write_operation("TagResource", model=_MODEL)
def tag_resource(context: S3Context, input: Input, transaction: Transaction) -> Output:
    tagged = _tagged(context, input, transaction)
    merged: dict[str, str] = dict(tagged.tags)
    for key, value in tags.of_tag_set(input.get("Tags") or (), tags.BUCKET_LIMIT):
        merged[key] = value
    if len(merged) > tags.BUCKET_LIMIT:
        raise AwsError("BadRequest", f"Bucket tag count cannot be greater than {tags.BUCKET_LIMIT}")
    tagged.put([[key, value] for key, value in merged.items()])
    return {}


@write_operation("UntagResource", model=_MODEL)
def untag_resource(context: S3Context, input: Input, transaction: Transaction) -> Output:
    tagged = _tagged(context, input, transaction)
    gone = set(input.get("TagKeys") or ())
    tagged.put([[key, value] for key, value in tagged.tags if key not in gone])
    return {}


@read_operation("GetPublicAccessBlock", model=_MODEL)
def get_account_public_access_block(context: S3Context, input: Input, transaction: Transaction) -> Output:
    kept = accounts.public_access_block(transaction, account_of(context, input))
    if kept is None:
        raise AwsError(
            "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", 404
        )
    return {"PublicAccessBlockConfiguration": kept}


@write_operation("PutPublicAccessBlock", model=_MODEL)
def put_account_public_access_block(context: S3Context, input: Input, transaction: Transaction) -> Output:
    given = input["PublicAccessBlockConfiguration"]
    block = {name: bool(given.get(name)) for name in accounts.BLOCKS}
    accounts.set_public_access_block(transaction, account_of(context, input), block)
    return {}


@write_operation("DeletePublicAccessBlock", model=_MODEL)
def delete_account_public_access_block(context: S3Context, input: Input, transaction: Transaction) -> Output:
    accounts.set_public_access_block(transaction, account_of(context, input), None)
    return {}


@dataclass(frozen=True, slots=True)
class _Tagged:
    """What has tags: those that it has, and what puts others in their place."""

    tags: Tags
    put: Callable[[Tags], None]


def _tagged(context: S3Context, input: Input, transaction: Transaction) -> _Tagged:
    """The bucket or access point that a request names. Raises `NoSuchBucket`, `NoSuchAccessPoint`, `InvalidRequest`."""
    arn = input["ResourceArn"]
    address = of_arn(arn)
    if address is not None:
        point = access_points.find(transaction, address.account_id, address.region, address.name)
        if point is None or point.account_id != context.account_id:
            raise no_such_access_point(address.name)
        found = point
        return _Tagged(point.tags or [], lambda pairs: access_points.set_tags(transaction, found, pairs))
    name = bucket_named_by(arn) or directory_bucket_named_by(arn)
    parts = parse_arn(arn)
    if name is None or parts is None or parts.partition != partition_of(context.region):
        raise invalid_request("The specified resource ARN is not valid.")
    bucket = buckets.find(transaction, name)
    if bucket is None or bucket.account_id != context.account_id:
        raise no_such_bucket(name)
    owned = bucket
    kept = buckets.configuration(transaction, bucket, "tagging") or []
    return _Tagged(kept, lambda pairs: _store(transaction, owned, pairs))


def _store(transaction: Transaction, bucket: Bucket, pairs: Tags) -> None:
    if pairs:
        buckets.put_configuration(transaction, bucket, "tagging", pairs)
    else:
        buckets.delete_configuration(transaction, bucket, "tagging")
