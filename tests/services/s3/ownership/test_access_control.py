"""ACLs: canned, in headers and bodies, and the settings that do without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.services.s3.conftest import argument_error, error_of, refusal


def test_acls_exist_only_where_ownership_allows_them(s3: Any, bucket: str) -> None:
    assert refusal(s3.put_bucket_acl, Bucket=bucket, ACL="private") == (400, "AccessControlListNotSupported")
    put: Callable[..., Any] = s3.put_object
    assert refusal(put, Bucket=bucket, Key="key", ACL="public-read") == (400, "AccessControlListNotSupported")
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ACL="bucket-owner-full-control")
    controls = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls)
    assert refusal(put, Bucket=bucket, Key="key", ACL="public-read") == (403, "AccessDenied")
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", ACL="public-read")
    grants = s3.get_object_acl(Bucket=bucket, Key="key")["Grants"]
    assert sorted(grant["Permission"] for grant in grants) == ["FULL_CONTROL", "READ"]
    s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")
    assert len(s3.get_bucket_acl(Bucket=bucket)["Grants"]) == 3


def test_acls_that_are_none(s3: Any, bucket: str) -> None:
    assert error_of(s3.put_bucket_acl, Bucket=bucket) == {
        "Code": "MissingSecurityHeader",
        "Message": "Your request was missing a required header",
        "MissingHeaderName": "x-amz-acl",
    }
    owner = s3.get_bucket_acl(Bucket=bucket)["Owner"]
    both = {"ACL": "private", "AccessControlPolicy": {"Owner": owner, "Grants": []}}
    assert refusal(s3.put_bucket_acl, Bucket=bucket, **both) == (400, "UnexpectedContent")
    for given, wanted in (
        ("nonsense", argument_error("Argument format not recognized", "x-amz-grant-read-acp", "nonsense")),
        ("id=1", argument_error("Invalid id", "id", "1")),
        ("uri=http://a", argument_error("Invalid group uri", "uri", "http://a")),
    ):
        assert error_of(s3.put_bucket_acl, Bucket=bucket, GrantReadACP=given) == wanted


def test_a_canned_acl_begins_with_the_owner(s3: Any, bucket: str) -> None:
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert [grant["Permission"] for grant in s3.get_bucket_acl(Bucket=bucket)["Grants"]] == ["FULL_CONTROL", "READ"]
