"""GetObjectAttributes. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html"""

from __future__ import annotations

from typing import Any

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.s3.bodies import object_checksum
from services.s3.bodies.checksums import COMPOSITE, MEMBER_OF
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_argument, invalid_request
from services.s3.objects import encryption
from services.s3.objects.catalog import shown_version_id, version_of
from services.s3.objects.paging import bounded, part_number_marker
from services.s3.runtime import S3Context
from services.s3.store import uploads
from services.s3.store.objects import ObjectVersion

_ATTRIBUTES = frozenset({"ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"})


@read_operation("GetObjectAttributes")
def get_object_attributes(context: S3Context, input: Input, transaction: Transaction) -> Output:
    asked = input.get("ObjectAttributes")
    if not asked:
        raise invalid_request(
            "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty"
        )
    for name in asked:
        if name not in _ATTRIBUTES:
            raise invalid_argument("Invalid attribute name specified.", "x-amz-object-attributes", name)
    bucket = bucket_of(transaction, input)
    version = version_of(transaction, bucket, input["Key"], input.get("VersionId"), method="GET")
    encryption.check_read(input, version.attributes)
    output: Output = {"LastModified": version.last_modified, **shown_version_id(bucket, version)}
    if "ETag" in asked:
        output["ETag"] = version.etag
    if "Checksum" in asked and version.checksum is not None:
        # A composite one without the number of parts that other operations show with it.
        output["Checksum"] = {
            member: value.partition("-")[0] for member, value in object_checksum.shown(version.checksum).items()
        }
    if "ObjectParts" in asked and version.part_count is not None:
        output["ObjectParts"] = _parts(input, transaction, version)
    if "StorageClass" in asked:
        output["StorageClass"] = version.storage_class
    if "ObjectSize" in asked:
        output["ObjectSize"] = version.size
    return output


def _parts(input: Input, transaction: Transaction, version: ObjectVersion) -> dict[str, Any]:
    """The parts, each with its checksum, where the object's is made of theirs; else only how many there are."""
    assert version.body_id is not None
    shown: dict[str, Any] = {"TotalPartsCount": version.part_count}
    if version.checksum is None:
        return shown
    algorithm, checksum_type, _ = object_checksum.parse(version.checksum)
    if checksum_type != COMPOSITE:
        return shown
    limit = bounded(input, "MaxParts", "max-parts")
    marker = part_number_marker(input)
    found = uploads.list_parts(transaction, version.body_id, after=marker, limit=limit + 1)
    page = found[:limit]
    shown.update(
        PartNumberMarker=marker,
        NextPartNumberMarker=page[-1].part_number if page else 0,
        MaxParts=limit,
        IsTruncated=0 < limit < len(found),
        Parts=[
            {"PartNumber": part.part_number, "Size": part.size, MEMBER_OF[algorithm]: part.checksum} for part in page
        ],
    )
    return shown
