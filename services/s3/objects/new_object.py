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
from services.s3.errors import access_denied, invalid_argument
from services.s3.objects import encryption, object_lock, tags
from services.s3.objects.user_metadata import mail_safe
from services.s3.ownership import acl as access_control
from services.s3.ownership.acl import Acl, ByEmail
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.store import accounts, buckets
from services.s3.store.buckets import Bucket

DEFAULT_CONTENT_TYPE = "binary/octet-stream"
HEADERS = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires")
_DESCRIBING = frozenset((*HEADERS, "Metadata", "WebsiteRedirectLocation"))
_LOCKING = frozenset(("ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"))
_CHECKED = ("ContentLength", "ContentMD5", "ChecksumAlgorithm", *MEMBER_OF.values(), "IfMatch", "IfNoneMatch")
_SAYS_NOTHING = frozenset(("Bucket", "Key", "ExpectedBucketOwner", "ContentType", *_CHECKED))
"""Members of most uploads, which ask for nothing of what `describe` looks for."""

STORAGE_CLASSES = frozenset(
    {
        "STANDARD",
        "REDUCED_REDUNDANCY",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "GLACIER",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    }
)
ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects are read only after RestoreObject."""

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
        content_type = input.get("ContentType") or DEFAULT_CONTENT_TYPE
        encrypted = encryption.of_input({}, None, bucket.region, bucket.account_id)
        return NewObject({"ContentType": content_type, **encrypted}, "STANDARD", None, None)
    attributes = headers_of(input)
    encrypted_by = buckets.configuration(transaction, bucket, "encryption")
    attributes.update(encryption.of_input(input, encrypted_by, bucket.region, bucket.account_id))
    if bucket.object_lock or not _LOCKING.isdisjoint(input):
        default = buckets.configuration(transaction, bucket, "object_lock")
        attributes.update(object_lock.of_input(input, bucket, default, now))
    return NewObject(
        attributes,
        storage_class_of(input),
        tags.of_header(input.get("Tagging")),
        _permitted_acl(transaction, bucket, acl_of(input, bucket, owner_id, by_email)),
    )


def headers_of(input: Mapping[str, Any]) -> dict[str, Any]:
    """System headers and user metadata."""
    if _DESCRIBING.isdisjoint(input):
        return {"ContentType": DEFAULT_CONTENT_TYPE}
    attributes: dict[str, Any] = {name: input[name] for name in HEADERS if name in input}
    if not attributes.get("ContentType"):
        attributes["ContentType"] = DEFAULT_CONTENT_TYPE
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
        attributes["Metadata"] = {name: mail_safe(value) for name, value in metadata.items()}
    redirect = input.get("WebsiteRedirectLocation")
    if redirect is not None:
        if not redirect.startswith(("/", "http://", "https://")):
            raise AwsError(
                "InvalidRedirectLocation",
                "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.",
            )
        attributes["WebsiteRedirectLocation"] = redirect
    return attributes


def storage_class_of(input: Mapping[str, Any]) -> str:
    storage_class = input.get("StorageClass", "STANDARD")
    if storage_class not in STORAGE_CLASSES:
        raise AwsError(
            "InvalidStorageClass",
            "The storage class you specified is not valid",
            members={"StorageClassRequested": storage_class},
        )
    return str(storage_class)


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


def _permitted_acl(transaction: Transaction, bucket: Bucket, acl: Acl | None) -> Acl | None:
    """An ACL that does not open what the bucket's public access block keeps closed."""
    if access_control.is_public(acl):
        block = accounts.effective_block(transaction, bucket)
        if block.get("BlockPublicAcls"):
            raise access_denied()
    return acl


def acl_not_supported() -> AwsError:
    return AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")


def check_not_archived(
    storage_class: str, attributes: Mapping[str, Any], now: float, subject: str = "The operation", of: str = "object"
) -> None:
    """Raise `InvalidObjectState` for an object in an archive that has not been restored."""
    if storage_class not in ARCHIVED:
        return
    if attributes.get("RestoreUntil", 0) > now:
        return
    raise AwsError(
        "InvalidObjectState",
        f"{subject} is not valid for the {of}'s storage class",
        403,
        members={"StorageClass": storage_class},
    )


def check_tagging_directive(directive: str | None, header: str) -> None:
    if directive not in (None, "COPY", "REPLACE"):
        raise invalid_argument(f"Unknown {header.removeprefix('x-amz-')}.", header, str(directive))
