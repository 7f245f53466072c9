"""What directory buckets take, and what they refuse, of S3's operations.

In: an operation and its input. Raised: `MethodNotAllowed`, `NotImplemented`, `InvalidRequest`, `InvalidArgument`.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-differences.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-APIs.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest
from awskit.wire.xml_reader import XmlError, parse_document
from services.s3.errors import invalid_argument, invalid_request, method_not_allowed, not_implemented_header

READING = frozenset(
    "GetObject GetObjectAttributes HeadBucket HeadObject ListMultipartUploads ListObjectsV2 ListParts".split()
)
"""Zonal operations that a session of the mode ReadOnly may ask for, and"""
WRITING = frozenset(
    (
        "AbortMultipartUpload CompleteMultipartUpload CopyObject CreateMultipartUpload DeleteObject DeleteObjects"
        " PutObject RenameObject UploadPart UploadPartCopy"
    ).split()
)
"""those that one of the mode ReadWrite alone may."""
REGIONAL = frozenset(
    (
        "CreateBucket CreateSession DeleteBucket DeleteBucketEncryption DeleteBucketLifecycle DeleteBucketPolicy"
        " GetBucketEncryption GetBucketLifecycleConfiguration GetBucketPolicy PutBucketEncryption"
        " PutBucketLifecycleConfiguration PutBucketPolicy"
    ).split()
)

_UPLOADS = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})
_HEADERS = {
    "Tagging": "x-amz-tagging",
    "TaggingDirective": "x-amz-tagging-directive",
    "WebsiteRedirectLocation": "x-amz-website-redirect-location",
    "ObjectLockMode": "x-amz-object-lock-mode",
    "ObjectLockRetainUntilDate": "x-amz-object-lock-retain-until-date",
    "ObjectLockLegalHoldStatus": "x-amz-object-lock-legal-hold",
    "SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm",
    "RequestPayer": "x-amz-request-payer",
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWriteACP": "x-amz-grant-write-acp",
    "FetchOwner": "fetch-owner",
    "StartAfter": "start-after",
    "UploadIdMarker": "upload-id-marker",
}
"""Members of inputs, by which more is asked for than directory buckets have."""
_DELIMITER = "/"


def check_request(request: HttpRequest, operation: str, input: Mapping[str, Any]) -> None:
    """Raise where a directory bucket does not take it. See the module."""
    if operation not in READING and operation not in WRITING and operation not in REGIONAL:
        raise _unknown(request, operation)
    for member, header in _HEADERS.items():
        if member in input:
            raise not_implemented_header(header)
    if input.get("VersionId", "null") != "null":
        raise invalid_argument("Invalid version id specified", "versionId", input["VersionId"])
    if operation in _UPLOADS and input.get("ACL", "bucket-owner-full-control") != "bucket-owner-full-control":
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    if operation in ("ListObjectsV2", "ListMultipartUploads"):
        _check_listing(input)
    if operation == "CompleteMultipartUpload":
        _check_parts((input.get("MultipartUpload") or {}).get("Parts") or ())


def _check_listing(input: Mapping[str, Any]) -> None:
    delimiter, prefix = input.get("Delimiter", ""), input.get("Prefix", "")
    if delimiter not in ("", _DELIMITER):
        raise invalid_request(f"This bucket does not support a delimiter other than {_DELIMITER}.")
    if prefix and not prefix.endswith(_DELIMITER):
        raise invalid_request(
            "This bucket does not support a prefix that does not end in a delimiter. Specify a prefix that ends with a"
            " delimiter and try again."
        )


def _check_parts(parts: Any) -> None:
    """Their numbers are consecutive, from one on."""
    numbers = [part.get("PartNumber") for part in parts]
    if numbers != list(range(1, len(numbers) + 1)):
        raise AwsError(
            "InvalidPart", "The part numbers of an upload to a directory bucket must be consecutive, from 1."
        )


def _unknown(request: HttpRequest, operation: str) -> AwsError:
    """A bucket's configuration that is put is taken for a creation of the bucket, and found not to be one."""
    if (request.method == "PUT" and "Bucket" in operation) or operation in ("PutPublicAccessBlock",):
        root = _root_of(request.body)
        if root:
            return invalid_argument(f"{root} is not valid, expected CreateBucketConfiguration", root, None)
    if "Object" in operation and operation.startswith(("Get", "Put", "Delete", "Restore", "Select", "Update")):
        return not_implemented_header(request.query_string.partition("&")[0].partition("=")[0])
    return method_not_allowed(request.method, "BUCKET")


def _root_of(body: bytes) -> str:
    try:
        return parse_document(body).name if body else ""
    except XmlError:
        return ""
