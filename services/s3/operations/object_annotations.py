"""Annotations: named texts attached to an object version.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAnnotation.html
"""

from __future__ import annotations

import hashlib
from typing import Any

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.paging import token_of
from awskit.service.operation import Input, Output, async_operation, read_operation, write_operation
from services.s3.bodies import object_checksum
from services.s3.bodies.body_claims import claims_of, decoded
from services.s3.bodies.body_receiver import ReceivedBody, receive
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import invalid_argument, invalid_request, precondition_failed
from services.s3.notifications import events
from services.s3.objects import encryption
from services.s3.objects.catalog import version_of
from services.s3.objects.conditions import matches
from services.s3.paging import name_of_token
from services.s3.runtime import S3Context
from services.s3.store import object_annotations, objects
from services.s3.store.buckets import Bucket
from services.s3.store.object_annotations import Annotation
from services.s3.store.objects import ObjectVersion

_LARGEST = 1024 * 1024
_MOST = 1000
_NAME_BYTES = 512


@async_operation("PutObjectAnnotation")
async def put_object_annotation(context: S3Context, input: Input) -> Output:
    name = input["AnnotationName"]
    if not name:
        raise AwsError("InvalidAnnotationName", "The annotation name you provided is invalid.")
    if len(name.encode()) > _NAME_BYTES:
        raise AwsError("AnnotationNameTooLong", "The annotation name exceeds 512 bytes.")
    runtime = context.runtime
    headers = context.request.headers
    claims = claims_of(input, headers)
    if claims.length is not None and not 1 <= claims.length <= _LARGEST:
        raise invalid_request("The annotation payload has to be between 1 byte and 1 MiB.")
    stream = context.request.stream
    assert stream is not None
    received = await receive(decoded(stream, claims), claims, runtime.blobs, _LARGEST)
    received.discard(runtime.blobs)
    if received.data is None or not received.data:
        raise invalid_request("The annotation payload has to be between 1 byte and 1 MiB.")
    try:
        received.data.decode("utf-8")
    except UnicodeDecodeError:
        raise AwsError("UnsupportedMediaType", "The annotation payload is not valid UTF-8 encoded text.", 415) from None
    return await runtime.database.write(lambda transaction: _put(context, input, transaction, received))


@async_operation("GetObjectAnnotation")
async def get_object_annotation(context: S3Context, input: Input) -> Output:
    def work(transaction: Transaction) -> Output:
        bucket, version = _annotated(input, transaction, "GET")
        found = object_annotations.find(transaction, version, input["AnnotationName"])
        if found is None:
            raise AwsError("NoSuchAnnotation", "The specified annotation does not exist on this object.", 404)
        output: Output = {
            "AnnotationPayload": found.data,
            "ContentLength": found.size,
            "ETag": f'"{found.etag}"',
            "LastModified": float(int(found.last_modified)),
            **_about(bucket, version),
        }
        if input.get("ChecksumMode") == "ENABLED":
            output.update(object_checksum.shown(found.checksum))
        return output

    return await context.runtime.database.read(work)


@read_operation("ListObjectAnnotations")
def list_object_annotations(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket, version = _annotated(input, transaction, "GET")
    limit = input.get("MaxAnnotationResults", _MOST)
    if not 1 <= limit <= _MOST:
        raise invalid_argument(
            f"Argument max-annotation-results must be between 1 and {_MOST}", "max-annotation-results", str(limit)
        )
    prefix = input.get("AnnotationPrefix", "")
    token = input.get("ContinuationToken")
    found = object_annotations.listed(transaction, version, after=name_of_token(token), prefix=prefix, limit=limit + 1)
    page = found[:limit]
    output: Output = {
        "Bucket": bucket.name,
        "Key": input["Key"],
        "AnnotationPrefix": prefix,
        "MaxAnnotationResults": limit,
        "AnnotationCount": len(page),
        "Annotations": [_entry(annotation) for annotation in page],
    }
    if bucket.versioning:
        output["ObjectVersionId"] = version.version_id
    if token is not None:
        output["ContinuationToken"] = token
    if len(found) > limit:
        output["NextContinuationToken"] = token_of(page[-1].name)
    return output


@write_operation("DeleteObjectAnnotation")
def delete_object_annotation(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket, version = _annotated(input, transaction, "DELETE")
    object_annotations.delete(transaction, version, input["AnnotationName"])
    events.record(transaction, context, bucket, "ObjectAnnotation:Delete", version)
    return {"ObjectVersionId": version.version_id} if bucket.versioning else {}


def _put(context: S3Context, input: Input, transaction: Transaction, received: ReceivedBody) -> Output:
    bucket, version = _annotated(input, transaction, "PUT")
    if "SSECustomerKeyMD5" in version.attributes:
        raise invalid_request("Objects encrypted with SSE-C cannot have annotations.")
    name = input["AnnotationName"]
    if (
        object_annotations.find(transaction, version, name) is None
        and object_annotations.count(transaction, version) >= _MOST
    ):
        raise AwsError(
            "AnnotationLimitExceeded", "The request would exceed the maximum number of annotations allowed per object."
        )
    data = received.data or b""
    algorithm, checksum = next(iter(received.checksums.items()))
    etag = hashlib.md5(data, usedforsecurity=False).hexdigest()
    kept = object_checksum.kept(algorithm, checksum)
    object_annotations.put(transaction, version, Annotation(name, float(int(context.now)), len(data), etag, kept, data))
    if not version.attributes.get("Annotated"):
        version.attributes["Annotated"] = True
        objects.set_attributes(transaction, version)
    events.record(transaction, context, bucket, "ObjectAnnotation:Put", version)
    return {
        "Key": input["Key"],
        "AnnotationName": name,
        "ETag": f'"{etag}"',
        **object_checksum.shown(kept),
        **_about(bucket, version),
    }


def _annotated(input: Input, transaction: Transaction, method: str) -> tuple[Bucket, ObjectVersion]:
    bucket = bucket_of(transaction, input)
    version = version_of(transaction, bucket, input["Key"], input.get("VersionId"), method=method)
    condition = input.get("ObjectIfMatch")
    if condition is not None and not matches(condition, version.etag):
        raise precondition_failed("x-amz-object-if-match")
    return bucket, version


def _about(bucket: Bucket, version: ObjectVersion) -> dict[str, Any]:
    about = {name: value for name, value in encryption.shown(version.attributes).items() if name == encryption.SHOWN[0]}
    return {**about, "ObjectVersionId": version.version_id} if bucket.versioning else about


def _entry(annotation: Annotation) -> dict[str, Any]:
    return {
        "AnnotationName": annotation.name,
        "LastModified": float(int(annotation.last_modified)),
        "ETag": f'"{annotation.etag}"',
        "ChecksumAlgorithm": [object_checksum.parse(annotation.checksum)[0]],
        "Size": annotation.size,
    }
