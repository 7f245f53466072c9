"""Finding the bucket that a request names, with AWS's answers where it is not there or another's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from services.s3.buckets.bucket_names import check_possible_bucket_name
from services.s3.errors import access_denied, no_such_bucket
from services.s3.store import buckets
from services.s3.store.buckets import Bucket


def bucket_of(transaction: Transaction, input: Mapping[str, Any]) -> Bucket:
    """The request's bucket. `NoSuchBucket`; `AccessDenied` where it is not the expected owner's."""
    return named_bucket(transaction, input["Bucket"], input.get("ExpectedBucketOwner"))


def named_bucket(transaction: Transaction, name: str, expected_owner: str | None = None) -> Bucket:
    """`bucket_of`, by name."""
    return expected_bucket(buckets.find(transaction, name), name, expected_owner)


def expected_bucket(bucket: Bucket | None, name: str, expected_owner: str | None) -> Bucket:
    """`bucket`, found by `name`, where it is there and the expected account's."""
    if bucket is None:
        check_possible_bucket_name(name)
        raise no_such_bucket(name)
    if expected_owner is not None and expected_owner != bucket.account_id:
        if len(expected_owner) != 12 or not expected_owner.isdecimal():
            raise AwsError(
                "InvalidBucketOwnerAWSAccountID",
                f"The value of the expected bucket owner parameter must be an AWS Account ID... [{expected_owner}]",
            )
        raise access_denied()
    return bucket
