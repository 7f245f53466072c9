"""Who owns a new object and which ACL it may have, by its bucket's object ownership and public access block.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from services.s3.errors import access_denied
from services.s3.ownership import access_control
from services.s3.ownership.access_control import Acl, ByEmail
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.store import accounts
from services.s3.store.buckets import Bucket


def acl_of(input: Mapping[str, Any], bucket: Bucket, owner_id: str, by_email: ByEmail) -> Acl | None:
    """The ACL that the request's headers give an object, None for `private`.

    A bucket with BucketOwnerEnforced takes only the ones that amount to its owner's full control.
    """
    if not access_control.has_acl(input):
        return None
    bucket_owner = canonical_id(bucket.account_id)
    acl = access_control.of_headers(input, owner_id, bucket_owner, by_email)
    if bucket.ownership == "BucketOwnerEnforced":
        canned = input.get("ACL")
        if canned != "bucket-owner-full-control" and (
            (canned == "private" and owner_id != bucket_owner)
            or not access_control.gives_only_owner_control(acl, bucket_owner)
        ):
            raise acl_not_supported()
        return None
    return acl


def owner_of(bucket: Bucket, writer: str, acl: Acl | None) -> str:
    """The canonical id of who owns a new object, by the bucket's object ownership.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
    """
    bucket_owner = canonical_id(bucket.account_id)
    if bucket.ownership == "BucketOwnerEnforced":
        return bucket_owner
    if bucket.ownership == "BucketOwnerPreferred" and acl is not None:
        for grant in acl["Grants"]:
            if grant["Grantee"].get("ID") == bucket_owner and grant["Permission"] == "FULL_CONTROL":
                return bucket_owner
    return writer


def permitted_acl(transaction: Transaction, bucket: Bucket, acl: Acl | None) -> Acl | None:
    """An ACL that does not open what the bucket's public access block keeps closed."""
    if access_control.is_public(acl):
        block = accounts.effective_block(transaction, bucket)
        if block.get("BlockPublicAcls"):
            raise access_denied()
    return acl


def acl_not_supported() -> AwsError:
    """The refusal of an ACL in a bucket with BucketOwnerEnforced."""
    return AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
