"""CompleteMultipartUpload: the parts become the object, without a byte being copied.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.s3.bodies import checksums, object_checksum
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.virtual_hosts import object_url
from services.s3.errors import invalid_request, malformed_xml, no_such_upload
from services.s3.lifecycle.expiration import expiration
from services.s3.notifications import events
from services.s3.objects import encryption, versions
from services.s3.objects.catalog import new_version_id
from services.s3.objects.conditions import check_unmoved, check_write, check_write_form
from services.s3.objects.keys import encode_key
from services.s3.objects.multipart_uploads import check_customer_key, part_algorithm
from services.s3.runtime import S3Context
from services.s3.store import uploads
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion
from services.s3.store.uploads import Part, Upload

_SMALLEST_PART = 5 * 1024 * 1024
_ALWAYS_FULL = "CRC64NVME"
_LARGEST_OBJECT = 5 * 1024**4


@write_operation("CompleteMultipartUpload")
def complete_multipart_upload(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    key = encode_key(input["Key"])
    check_write_form(input)
    upload = uploads.find(transaction, bucket.id, key, input["UploadId"])
    if upload is None:
        raise no_such_upload(input["UploadId"])
    listed = (input.get("MultipartUpload") or {}).get("Parts") or []
    if upload.completed is not None:
        return _repeated(upload, listed)
    if encryption.customer_key(input) is not None:
        check_customer_key(input, upload)
    _check_stated(input, upload)
    if "MultipartUpload" not in input:
        raise invalid_request("You must specify at least one part")
    if not listed:
        raise malformed_xml()
    chosen = _chosen(
        upload, listed, {part.part_number: part for part in uploads.list_parts(transaction, upload.upload_id)}
    )
    size = _checked_size(input, chosen)
    checksum = _checksum(input, upload, chosen)
    version = _complete(context, input, transaction, bucket, upload, chosen, size, checksum)
    output: Output = {
        "Location": object_url(context.endpoint, context.runtime.settings.hostname, bucket.name, input["Key"]),
        "Bucket": bucket.name,
        "Key": input["Key"],
        "ETag": f'"{version.etag}"',
        **object_checksum.shown(version.checksum),
        **encryption.shown(version.attributes),
        **new_version_id(bucket, version),
        **expiration(transaction, bucket, version),
    }
    _show_customer_key(context, version)
    numbers = [[part.part_number, part.etag] for part in chosen]
    uploads.complete(transaction, upload, {"output": output, "parts": numbers}, context.now)
    return output


def _show_customer_key(context: S3Context, version: ObjectVersion) -> None:
    """S3 answers with these headers although the model does not name them."""
    if "SSECustomerKeyMD5" in version.attributes:
        header = "x-amz-server-side-encryption-customer"
        context.response_headers.append((f"{header}-algorithm", "AES256"))
        context.response_headers.append((f"{header}-key-md5", version.attributes["SSECustomerKeyMD5"]))


def _repeated(upload: Upload, listed: Sequence[Mapping[str, Any]]) -> Output:
    """The answer of the completion that came before, where it was of the same parts."""
    assert upload.completed is not None
    numbers = [[part.get("PartNumber"), part.get("ETag", "").strip('"')] for part in listed]
    if numbers != upload.completed["parts"]:
        raise no_such_upload(upload.upload_id)
    output: Output = upload.completed["output"]
    return output


def _chosen(upload: Upload, listed: Sequence[Mapping[str, Any]], parts: Mapping[int, Part]) -> list[Part]:
    """The parts that the request lists, in its order, which has to be ascending."""
    chosen: list[Part] = []
    before = 0
    for entry in listed:
        number = entry.get("PartNumber")
        if number is None:
            raise malformed_xml()
        if number < 1:
            raise AwsError("InvalidArgument", "PartNumber must be >= 1")
        if number <= before:
            raise AwsError(
                "InvalidPartOrder",
                "The list of parts was not in ascending order. Parts must be ordered by part number.",
                members={"UploadId": upload.upload_id},
            )
        before = number
        part = parts.get(number)
        etag = entry.get("ETag", "").strip('"')
        if part is None or part.etag != etag or not _checksums_agree(upload, entry, part):
            raise AwsError(
                "InvalidPart",
                "One or more of the specified parts could not be found.  The part may not have been uploaded, or the"
                " specified entity tag may not match the part's entity tag.",
                members={"UploadId": upload.upload_id, "PartNumber": str(number), "ETag": etag},
            )
        chosen.append(part)
    for part in chosen[:-1]:
        if part.size < _SMALLEST_PART:
            raise AwsError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                members={
                    "ETag": part.etag,
                    "MinSizeAllowed": str(_SMALLEST_PART),
                    "ProposedSize": str(part.size),
                    "PartNumber": str(part.part_number),
                },
            )
    return chosen


def _checksums_agree(upload: Upload, entry: Mapping[str, Any], part: Part) -> bool:
    algorithm = upload.checksum_algorithm
    given = None if algorithm is None else entry.get(checksums.MEMBER_OF[algorithm])
    for member, name in checksums.ALGORITHM_OF_MEMBER.items():
        if member in entry and algorithm is None:
            return False
        if member in entry and name != algorithm:
            raise AwsError(
                "BadDigest",
                f"The {name.lower()} you specified for part {part.part_number} did not match what we received.",
            )
    if algorithm is None:
        return True
    if given is None:
        if upload.checksum_type == checksums.COMPOSITE:
            raise invalid_request(
                f"The upload was created using a {algorithm.lower()} checksum. The complete request must include the"
                f" checksum for each part. It was missing for part {part.part_number} in the request."
            )
        return True
    return bool(given == part.checksum)


def _check_stated(input: Input, upload: Upload) -> None:
    """Another mode than the upload's, and a checksum that no object could have, are wrong whatever the parts are."""
    stated_type = input.get("ChecksumType")
    if stated_type is not None and stated_type != upload.checksum_type:
        raise invalid_request(
            f"The upload was created using the {upload.checksum_type or 'null'} checksum mode. The complete request"
            " must use the same checksum mode."
        )
    for member, name in checksums.ALGORITHM_OF_MEMBER.items():
        stated = input.get(member)
        if stated is not None and not checksums.is_well_formed(name, stated.partition("-")[0]):
            raise _wrong_checksum(name)


def _wrong_checksum(algorithm: str) -> AwsError:
    return AwsError("BadDigest", f"The {algorithm.lower()} you specified did not match the calculated checksum.")


def _checked_size(input: Input, chosen: Sequence[Part]) -> int:
    size = sum(part.size for part in chosen)
    if size > _LARGEST_OBJECT:
        raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
    expected = input.get("MpuObjectSize")
    if expected is not None and expected != size:
        raise invalid_request(
            f"The provided 'x-amz-mp-object-size' header value {expected} does not match what was computed: {size}"
        )
    return size


def _checksum(input: Input, upload: Upload, chosen: Sequence[Part]) -> str | None:
    """The object's checksum as its row keeps it, checked against the one that the request states.

    None for an upload with SSE-C that chose no algorithm.
    """
    algorithm = part_algorithm(upload)
    checksum_type = upload.checksum_type or checksums.FULL_OBJECT
    if checksum_type == checksums.COMPOSITE and [part.part_number for part in chosen] != list(
        range(1, len(chosen) + 1)
    ):
        raise AwsError("InternalError", "We encountered an internal error. Please try again.", 500)
    value = checksums.combine(algorithm, checksum_type, ((part.checksum or "", part.size) for part in chosen))
    for member, name in checksums.ALGORITHM_OF_MEMBER.items():
        stated = input.get(member)
        if stated is None:
            continue
        if name != algorithm:
            raise invalid_request(
                f"The upload was created using a {algorithm.lower()} checksum. The complete request must use the same"
                " checksum algorithm."
            )
        if stated != value and stated != value.partition("-")[0]:
            raise _wrong_checksum(name)
        if upload.checksum_type == checksums.FULL_OBJECT and name != _ALWAYS_FULL and "ChecksumType" not in input:
            # Without its type it is held against the composite one.
            raise _wrong_checksum(name)
    if upload.checksum_algorithm is None and "SSECustomerKeyMD5" in upload.attributes:
        return None
    return object_checksum.kept(algorithm, value, checksum_type)


def _complete(
    context: S3Context,
    input: Input,
    transaction: Transaction,
    bucket: Bucket,
    upload: Upload,
    chosen: Sequence[Part],
    size: int,
    checksum: str | None,
) -> ObjectVersion:
    state = upload.attributes.pop(uploads.STATE, None)
    digest = hashlib.md5(b"".join(bytes.fromhex(part.etag) for part in chosen), usedforsecurity=False).hexdigest()
    version = ObjectVersion(
        bucket.id,
        upload.key,
        0,
        "",
        True,
        False,
        context.now,
        size,
        f"{digest}-{len(chosen)}",
        upload.storage_class,
        upload.owner_id,
        checksum,
        upload.attributes,
        upload.tags,
        upload.acl,
        upload.upload_id,
        len(chosen),
    )
    blobs = context.runtime.blobs

    def check(before: ObjectVersion | None) -> None:
        check_write(input, input["Key"], before)
        check_unmoved(input, input["Key"], before, state)

    versions.put(transaction, blobs, bucket, version, check)
    free = uploads.place(transaction, upload.upload_id, chosen)
    transaction.after_commit(lambda: blobs.remove(free))
    events.record(transaction, context, bucket, "ObjectCreated:CompleteMultipartUpload", version)
    return version
