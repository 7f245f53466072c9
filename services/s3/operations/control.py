"""S3 Control: tags of buckets by their ARN, and an account's public access block.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.arns import bucket_named_by
from services.s3.errors import access_denied, invalid_request, no_such_bucket
from services.s3.objects import tags
from services.s3.runtime import S3Context
from services.s3.store import accounts, buckets
from services.s3.store.buckets import Bucket

_MODEL = "s3control"


@read_operation("ListTagsForResource", model=_MODEL)
def list_tags_for_resource(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = _bucket(context, input, transaction)
    return {"Tags": tags.to_tag_set(buckets.configuration(transaction, bucket, "tagging"))}


@write_operation("TagResource", model=_MODEL)
def tag_resource(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = _bucket(context, input, transaction)
    merged: dict[str, str] = dict(buckets.configuration(transaction, bucket, "tagging") or ())
    for key, value in tags.of_tag_set(input.get("Tags") or (), tags.BUCKET_LIMIT):
        merged[key] = value
    _store(transaction, bucket, merged)
    return {}


@write_operation("UntagResource", model=_MODEL)
def untag_resource(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = _bucket(context, input, transaction)
    gone = set(input.get("TagKeys") or ())
    kept = buckets.configuration(transaction, bucket, "tagging") or ()
    _store(transaction, bucket, {key: value for key, value in kept if key not in gone})
    return {}


@read_operation("GetPublicAccessBlock", model=_MODEL)
def get_account_public_access_block(context: S3Context, input: Input, transaction: Transaction) -> Output:
    kept = accounts.public_access_block(transaction, _account(context, input))
    if kept is None:
        raise AwsError(
            "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found", 404
        )
    return {"PublicAccessBlockConfiguration": kept}


@write_operation("PutPublicAccessBlock", model=_MODEL)
def put_account_public_access_block(context: S3Context, input: Input, transaction: Transaction) -> Output:
    given = input["PublicAccessBlockConfiguration"]
    block = {name: bool(given.get(name)) for name in accounts.BLOCKS}
    accounts.set_public_access_block(transaction, _account(context, input), block)
    return {}


@write_operation("DeletePublicAccessBlock", model=_MODEL)
def delete_account_public_access_block(context: S3Context, input: Input, transaction: Transaction) -> Output:
    accounts.set_public_access_block(transaction, _account(context, input), None)
    return {}


def _bucket(context: S3Context, input: Input, transaction: Transaction) -> Bucket:
    name = bucket_named_by(input["ResourceArn"])
    if name is None:
        raise invalid_request("The specified resource ARN is not valid.")
    bucket = buckets.find(transaction, name)
    if bucket is None or bucket.account_id != context.account_id:
        raise no_such_bucket(name)
    return bucket


def _store(transaction: Transaction, bucket: Bucket, merged: Mapping[str, str]) -> None:
    if len(merged) > tags.BUCKET_LIMIT:
        raise AwsError("BadRequest", f"Bucket tag count cannot be greater than {tags.BUCKET_LIMIT}")
    if merged:
        pairs: list[Any] = [[key, value] for key, value in merged.items()]
        buckets.put_configuration(transaction, bucket, "tagging", pairs)
    else:
        buckets.delete_configuration(transaction, bucket, "tagging")


def _account(context: S3Context, input: Input) -> str:
    """The account that a request names: its settings are its own. Raises `AccessDenied`."""
    account = str(input["AccountId"])
    if account != context.account_id and context.access_key_id is not None and context.verdict is None:
        raise access_denied()
    return account
