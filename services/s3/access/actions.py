"""What each operation is called in policies, what it acts on, and which ACL permission stands for it. Data.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-access-policy-permission-mapping
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Level = Literal["service", "bucket", "object"]


@dataclass(frozen=True, slots=True)
class Action:
    """A permission. `of_version` is its name where the request names a version.

    `bucket_acl` and `object_acl` are the ACL permission that grants it, "" where none does and only a policy or
    ownership can. `of_bucket_owner`: the bucket's owner has it, whoever owns the object.
    """

    name: str
    level: Level
    of_version: str = ""
    bucket_acl: str = ""
    object_acl: str = ""
    of_bucket_owner: bool = False

    def named(self, version_id: str | None) -> str:
        """`s3:GetObject`, or `s3:GetObjectVersion` where a version is asked for."""
        return f"s3:{self.of_version if version_id is not None and self.of_version else self.name}"


def _bucket(name: str, acl: str = "") -> Action:
    return Action(name, "bucket", bucket_acl=acl)


def _object(name: str, of_version: str = "", *, acl: str = "", bucket_acl: str = "") -> Action:
    return Action(name, "object", of_version, bucket_acl, acl)


def _tags(verb: str) -> Action:
    return Action(f"{verb}ObjectTagging", "object", f"{verb}ObjectVersionTagging", of_bucket_owner=True)


GET_OBJECT = _object("GetObject", "GetObjectVersion", acl="READ")
PUT_OBJECT = _object("PutObject", bucket_acl="WRITE")
DELETE_OBJECT = _object("DeleteObject", "DeleteObjectVersion", bucket_acl="WRITE")
LIST_BUCKET = _bucket("ListBucket", "READ")
PUT_OBJECT_ACL = _object("PutObjectAcl", "PutObjectVersionAcl", acl="WRITE_ACP")
PUT_OBJECT_TAGGING = _tags("Put")
PUT_OBJECT_RETENTION = _object("PutObjectRetention")
PUT_OBJECT_LEGAL_HOLD = _object("PutObjectLegalHold")
BYPASS_GOVERNANCE = _object("BypassGovernanceRetention")
PUT_BUCKET_ACL = _bucket("PutBucketAcl", "WRITE_ACP")
LIST_PARTS = _object("ListMultipartUploadParts")

_READ_WRITE = MappingProxyType(
    {
        # configuration: (reading, writing, deleting), the last equal to writing where AWS has no name of its own
        "BucketAccelerateConfiguration": ("GetAccelerateConfiguration", "PutAccelerateConfiguration"),
        "BucketAnalyticsConfiguration": ("GetAnalyticsConfiguration", "PutAnalyticsConfiguration"),
        "BucketCors": ("GetBucketCORS", "PutBucketCORS"),
        "BucketEncryption": ("GetEncryptionConfiguration", "PutEncryptionConfiguration"),
        "BucketIntelligentTieringConfiguration": (
            "GetIntelligentTieringConfiguration",
            "PutIntelligentTieringConfiguration",
        ),
        "BucketInventoryConfiguration": ("GetInventoryConfiguration", "PutInventoryConfiguration"),
        "BucketLifecycleConfiguration": ("GetLifecycleConfiguration", "PutLifecycleConfiguration"),
        "BucketLifecycle": ("GetLifecycleConfiguration", "PutLifecycleConfiguration"),
        "BucketLogging": ("GetBucketLogging", "PutBucketLogging"),
        "BucketMetricsConfiguration": ("GetMetricsConfiguration", "PutMetricsConfiguration"),
        "BucketNotificationConfiguration": ("GetBucketNotification", "PutBucketNotification"),
        "BucketOwnershipControls": ("GetBucketOwnershipControls", "PutBucketOwnershipControls"),
        "BucketPolicy": ("GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy"),
        "BucketReplication": ("GetReplicationConfiguration", "PutReplicationConfiguration"),
        "BucketRequestPayment": ("GetBucketRequestPayment", "PutBucketRequestPayment"),
        "BucketTagging": ("GetBucketTagging", "PutBucketTagging"),
        "BucketVersioning": ("GetBucketVersioning", "PutBucketVersioning"),
        "BucketWebsite": ("GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite"),
        "ObjectLockConfiguration": ("GetBucketObjectLockConfiguration", "PutBucketObjectLockConfiguration"),
        "PublicAccessBlock": ("GetBucketPublicAccessBlock", "PutBucketPublicAccessBlock"),
        "BucketAbac": ("GetBucketAbac", "PutBucketAbac"),
    }
)

_OTHERS = {
    "CreateSession": _bucket("CreateSession"),
    "WriteGetObjectResponse": Action("WriteGetObjectResponse", "service"),
    **dict.fromkeys(
        ("CreateBucketMetadataConfiguration", "CreateBucketMetadataTableConfiguration"),
        _bucket("CreateBucketMetadataTableConfiguration"),
    ),
    **dict.fromkeys(
        ("DeleteBucketMetadataConfiguration", "DeleteBucketMetadataTableConfiguration"),
        _bucket("DeleteBucketMetadataTableConfiguration"),
    ),
    **dict.fromkeys(
        ("GetBucketMetadataConfiguration", "GetBucketMetadataTableConfiguration"),
        _bucket("GetBucketMetadataTableConfiguration"),
    ),
    **{
        f"UpdateBucketMetadata{table}TableConfiguration": _bucket(f"UpdateBucketMetadata{table}TableConfiguration")
        for table in ("Annotation", "Inventory", "Journal")
    },
    "ListBuckets": Action("ListAllMyBuckets", "service"),
    "ListDirectoryBuckets": Action("ListAllMyDirectoryBuckets", "service"),
    "CreateBucket": Action("CreateBucket", "service"),
    "DeleteBucket": _bucket("DeleteBucket"),
    "HeadBucket": LIST_BUCKET,
    "ListObjects": LIST_BUCKET,
    "ListObjectsV2": LIST_BUCKET,
    "ListObjectVersions": _bucket("ListBucketVersions", "READ"),
    "ListMultipartUploads": _bucket("ListBucketMultipartUploads", "READ"),
    "ListBucketAnalyticsConfigurations": _bucket("GetAnalyticsConfiguration"),
    "ListBucketIntelligentTieringConfigurations": _bucket("GetIntelligentTieringConfiguration"),
    "ListBucketInventoryConfigurations": _bucket("GetInventoryConfiguration"),
    "ListBucketMetricsConfigurations": _bucket("GetMetricsConfiguration"),
    "GetBucketAcl": _bucket("GetBucketAcl", "READ_ACP"),
    "PutBucketAcl": PUT_BUCKET_ACL,
    "GetBucketLocation": _bucket("GetBucketLocation"),
    "GetBucketPolicyStatus": _bucket("GetBucketPolicyStatus"),
    "GetObject": GET_OBJECT,
    "HeadObject": GET_OBJECT,
    "SelectObjectContent": GET_OBJECT,
    "GetObjectAttributes": GET_OBJECT,
    "GetObjectTorrent": _object("GetObjectTorrent", "GetObjectVersionTorrent", acl="READ"),
    "PutObject": PUT_OBJECT,
    "CopyObject": PUT_OBJECT,
    "CreateMultipartUpload": PUT_OBJECT,
    "UploadPart": PUT_OBJECT,
    "UploadPartCopy": PUT_OBJECT,
    "CompleteMultipartUpload": PUT_OBJECT,
    "RenameObject": PUT_OBJECT,
    "AbortMultipartUpload": _object("AbortMultipartUpload"),
    "ListParts": LIST_PARTS,
    "DeleteObject": DELETE_OBJECT,
    "GetObjectAcl": _object("GetObjectAcl", "GetObjectVersionAcl", acl="READ_ACP"),
    "PutObjectAcl": PUT_OBJECT_ACL,
    "GetObjectTagging": _tags("Get"),
    "PutObjectTagging": PUT_OBJECT_TAGGING,
    "DeleteObjectTagging": _tags("Delete"),
    "GetObjectRetention": _object("GetObjectRetention"),
    "PutObjectRetention": PUT_OBJECT_RETENTION,
    "GetObjectLegalHold": _object("GetObjectLegalHold"),
    "PutObjectLegalHold": PUT_OBJECT_LEGAL_HOLD,
    "RestoreObject": _object("RestoreObject"),
    "UpdateObjectEncryption": _object("UpdateObjectEncryption"),
    "GetObjectAnnotation": GET_OBJECT,
    "ListObjectAnnotations": GET_OBJECT,
    "PutObjectAnnotation": PUT_OBJECT,
    "DeleteObjectAnnotation": DELETE_OBJECT,
}


def _configurations() -> dict[str, Action]:
    actions: dict[str, Action] = {}
    for configuration, names in _READ_WRITE.items():
        reading, writing = names[0], names[1]
        actions[f"Get{configuration}"] = _bucket(reading)
        actions[f"Put{configuration}"] = _bucket(writing)
        actions[f"Delete{configuration}"] = _bucket(names[2] if len(names) > 2 else writing)
    return actions


ACTIONS: Mapping[str, Action] = MappingProxyType({**_configurations(), **_OTHERS})
"""By operation."""

OF_EACH_KEY = frozenset({"DeleteObjects"})
"""Operations that are allowed key by key, each as an operation of its own."""

CONTROL_ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "GetPublicAccessBlock": "GetAccountPublicAccessBlock",
        "PutPublicAccessBlock": "PutAccountPublicAccessBlock",
        "DeletePublicAccessBlock": "PutAccountPublicAccessBlock",
        "ListTagsForResource": "ListTagsForResource",
        "TagResource": "TagResource",
        "UntagResource": "UntagResource",
        **{
            name: name
            for name in (
                "CreateAccessPoint DeleteAccessPoint DeleteAccessPointPolicy DeleteAccessPointScope GetAccessPoint"
                " GetAccessPointPolicy GetAccessPointPolicyStatus GetAccessPointScope ListAccessPoints"
                " ListAccessPointsForDirectoryBuckets"
                " PutAccessPointPolicy PutAccessPointScope CreateMultiRegionAccessPoint DeleteMultiRegionAccessPoint"
                " DescribeMultiRegionAccessPointOperation GetMultiRegionAccessPoint GetMultiRegionAccessPointPolicy"
                " GetMultiRegionAccessPointPolicyStatus GetMultiRegionAccessPointRoutes ListMultiRegionAccessPoints"
                " PutMultiRegionAccessPointPolicy SubmitMultiRegionAccessPointRoutes"
            ).split()
        },
    }
)
"""S3 Control's, by operation: an account's own matter."""

BUCKET_ACTIONS = frozenset(f"s3:{action.name}".lower() for action in ACTIONS.values() if action.level == "bucket")
OBJECT_ACTIONS = frozenset(
    f"s3:{name}".lower()
    for action in (*ACTIONS.values(), BYPASS_GOVERNANCE)
    if action.level == "object"
    for name in (action.name, action.of_version)
    if name
)
OTHER_ACTIONS = frozenset(
    (
        "s3:getobjectattributes s3:getobjectversionattributes s3:replicateobject s3:replicatedelete s3:replicatetags"
        " s3:objectowneroverridetobucketowner s3:getobjectversionforreplication s3:initiatereplication"
    ).split()
)
"""Object permissions that no operation here asks for by that name."""
