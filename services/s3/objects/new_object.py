"""What an upload says about its object: headers, metadata, encryption, tags, lock, storage class, ACL.

In: the input of PutObject, CopyObject or CreateMultipartUpload. Out: `NewObject`, whose `attributes` are members of
GetObject's output. Raised: the first thing that is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from services.s3.bodies.body_claims import content_encoding
from services.s3.bodies.checksums import MEMBER_OF
from services.s3.buckets.directory_bucket_names import STORAGE_CLASS as EXPRESS
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.errors import invalid_argument
from services.s3.objects import directory_bucket_encryption, encryption, object_lock, tags
from services.s3.objects.storage_classes import storage_class_of
from services.s3.objects.user_metadata import check_name, header_safe, mail_safe
from services.s3.ownership.access_control import Acl, ByEmail
from services.s3.ownership.object_ownership import acl_of, permitted_acl
from services.s3.store import buckets
from services.s3.store.buckets import Bucket

DEFAULT_CONTENT_TYPE = "binary/octet-stream"
HEADERS = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires")
_DESCRIBING = frozenset((*HEADERS, "Metadata", "WebsiteRedirectLocation"))
_LOCKING = frozenset(("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"))
_CHECKED = ("ContentLength", "ContentMD5", "ChecksumAlgorithm", *MEMBER_OF.values(), "IfMatch", "IfNoneMatch")
_SAYS_NOTHING = frozenset(("Bucket", "Key", "ExpectedBucketOwner", "ContentType", *_CHECKED))
"""Members of most uploads, which ask for nothing of what `describe` looks for."""

_METADATA_LIMIT = 2048


@dataclass(slots=True)
class NewObject:
    """See the module."""

    attributes: dict[str, Any]
    storage_class: str
    tags: tags.Tags | None
    acl: Acl | None


def describe(
    transaction: Transaction,
    bucket: Bucket,
    input: Mapping[str, Any],
    owner_id: str,
    now: float,
    by_email: ByEmail,
) -> NewObject:
    """Everything but the body of the object that `input` uploads."""
    if input.keys() <= _SAYS_NOTHING and not bucket.object_lock and not bucket.has("encryption"):
        content_type = input.get("ContentType", DEFAULT_CONTENT_TYPE)
        encrypted = encryption.of_input({}, None, bucket.region, bucket.account_id)
        storage_class = EXPRESS if is_directory_bucket(bucket.name) else "STANDARD"
        return NewObject({"ContentType": content_type, **encrypted}, storage_class, None, None)
    attributes = headers_of(input)
    encrypted_by = buckets.configuration(transaction, bucket, "encryption")
    if is_directory_bucket(bucket.name):
        input = directory_bucket_encryption.checked(input, encrypted_by, bucket.region, bucket.account_id)
    attributes.update(encryption.of_input(input, encrypted_by, bucket.region, bucket.account_id))
    if bucket.object_lock or not _LOCKING.isdisjoint(input):
        default = buckets.configuration(transaction, bucket, "object_lock")
        attributes.update(object_lock.of_input(input, bucket, default, now))
    return NewObject(
        attributes,
        storage_class_of(input, bucket.name),
        tags.of_header(input.get("Tagging")),
        permitted_acl(transaction, bucket, acl_of(input, bucket, owner_id, by_email)),
    )


def headers_of(input: Mapping[str, Any]) -> dict[str, Any]:
    """System headers and user metadata."""
    if _DESCRIBING.isdisjoint(input):
        return {"ContentType": DEFAULT_CONTENT_TYPE}
    attributes: dict[str, Any] = {name: input[name] for name in HEADERS if name in input}
    attributes.setdefault("ContentType", DEFAULT_CONTENT_TYPE)
    if "ContentEncoding" in attributes:
        kept = content_encoding(attributes["ContentEncoding"])
        if kept is None:
            del attributes["ContentEncoding"]
        else:
            attributes["ContentEncoding"] = kept
    metadata = input.get("Metadata")
    if metadata:
        size = sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items())
        if size > _METADATA_LIMIT:
            raise AwsError(
                "MetadataTooLarge",
                "Your metadata headers exceed the maximum allowed metadata size",
                members={"Size": str(size), "MaxSizeAllowed": str(_METADATA_LIMIT)},
            )
        for name in metadata:
            check_name(name)
        attributes["Metadata"] = {name: mail_safe(value) for name, value in metadata.items() if name}
        if "" in metadata:
            # What has no name cannot be given back; how much of that there is, is told.
            attributes["MissingMeta"] = 1
    redirect = input.get("WebsiteRedirectLocation")
    if redirect is not None:
        if not redirect.startswith(("/", "http://", "https://")):
            raise AwsError(
                "InvalidRedirectLocation",
                "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
            )
        attributes["WebsiteRedirectLocation"] = header_safe(redirect)
    return attributes


def check_tagging_directive(directive: str | None, header: str) -> None:
    """Raise `InvalidArgument` for a directive that is neither COPY nor REPLACE."""
    if directive not in (None, "COPY", "REPLACE"):
        raise invalid_argument(f"Unknown {header.removeprefix('x-amz-')}.", header, str(directive))
