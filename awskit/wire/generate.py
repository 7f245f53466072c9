"""Write the compact specs from the pinned botocore: `python -m awskit.wire.generate [--check]`.

Development only: botocore is not there when a service runs. Out: `specs/<name>.json`, each valid JSON with one
operation or shape a line, without documentation and client-side traits; the loader parses a line when it is first asked
for. `specs/<name>.query.json`, kept by hand, adds what botocore's model has lost since it speaks JSON: the names and
error codes of the query protocol, which older SDKs still speak. `specs/<name>.newer.json`, by hand, too, has operations
that the pinned botocore has not yet, in the form of its models. `--check` writes nothing and exits 1 where a committed
spec differs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from awskit.wire.generate_names import rendered_names
from awskit.wire.generate_paths import rendered_paths

SERVICES = ("s3", "s3control", "dynamodb", "dynamodbstreams", "sqs", "sns", "sts")
# Deprecated twins: the same request line as the operation that replaced them, so that no request can mean them.
REPLACED = {
    "s3": (
        "GetBucketLifecycle",
        "GetBucketNotification",
        "PutBucketLifecycle",
        "PutBucketNotification",
    )
}
# The document elements of answers, which the model does not name; the API reference does.
OUTPUT_ROOTS = {
    "s3": {
        "CompleteMultipartUpload": "CompleteMultipartUploadResult",
        "CopyObject": "CopyObjectResult",
        "CreateMultipartUpload": "InitiateMultipartUploadResult",
        "CreateSession": "CreateSessionResult",
        "DeleteObjects": "DeleteResult",
        "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
        "GetBucketAcl": "AccessControlPolicy",
        "GetBucketCors": "CORSConfiguration",
        "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
        "GetBucketLocation": "LocationConstraint",
        "GetBucketLogging": "BucketLoggingStatus",
        "GetBucketNotificationConfiguration": "NotificationConfiguration",
        "GetBucketRequestPayment": "RequestPaymentConfiguration",
        "GetBucketTagging": "Tagging",
        "GetBucketVersioning": "VersioningConfiguration",
        "GetBucketWebsite": "WebsiteConfiguration",
        "GetObjectAcl": "AccessControlPolicy",
        "GetObjectAttributes": "GetObjectAttributesResponse",
        "GetObjectTagging": "Tagging",
        "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
        "ListBucketIntelligentTieringConfigurations": "ListBucketIntelligentTieringConfigurationsResult",
        "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
        "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
        "ListBuckets": "ListAllMyBucketsResult",
        "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
        "ListMultipartUploads": "ListMultipartUploadsResult",
        "ListObjectAnnotations": "ListObjectAnnotationsResult",
        "ListObjectVersions": "ListVersionsResult",
        "ListObjects": "ListBucketResult",
        "ListObjectsV2": "ListBucketResult",
        "ListParts": "ListPartsResult",
        "UploadPartCopy": "CopyPartResult",
    }
}
# The order of an answer's elements where it is not the model's; what is not named comes last, or in place of the *.
OUTPUT_ORDER = {
    "s3": {
        "CopyObjectResult": "LastModified ETag * ChecksumType",
        "CopyPartResult": "LastModified ETag",
        "DeleteMarkerEntry": "Key VersionId IsLatest LastModified Owner",
        "ListBucketsOutput": "Owner Buckets",
        "ListMultipartUploadsOutput": "Bucket KeyMarker UploadIdMarker NextKeyMarker NextUploadIdMarker Delimiter"
        " Prefix EncodingType MaxUploads IsTruncated Uploads CommonPrefixes",
        "ListObjectVersionsOutput": "Name Prefix KeyMarker VersionIdMarker NextKeyMarker NextVersionIdMarker MaxKeys"
        " Delimiter EncodingType IsTruncated Versions DeleteMarkers CommonPrefixes",
        "ListObjectsOutput": "Name Prefix Marker NextMarker MaxKeys Delimiter EncodingType IsTruncated Contents"
        " CommonPrefixes",
        "ListObjectsV2Output": "Name Prefix StartAfter ContinuationToken NextContinuationToken KeyCount MaxKeys"
        " Delimiter EncodingType IsTruncated Contents CommonPrefixes",
        "ListPartsOutput": "Bucket Key UploadId Initiator Owner StorageClass PartNumberMarker NextPartNumberMarker"
        " MaxParts IsTruncated Parts",
        "MultipartUpload": "Key UploadId Initiator Owner StorageClass Initiated",
        "Object": "Key LastModified ETag ChecksumAlgorithm ChecksumType Size Owner StorageClass",
        "ObjectVersion": "Key VersionId IsLatest LastModified ETag ChecksumAlgorithm ChecksumType Size Owner"
        " StorageClass",
    }
}
# Answers whose document element is the one member itself.
UNWRAPPED = {"s3": ("GetBucketLocation",)}
METADATA = (
    "apiVersion",
    "jsonVersion",
    "protocol",
    "serviceFullName",
    "signingName",
    "targetPrefix",
    "xmlNamespace",
    "awsQueryCompatible",
)
SHAPE_TRAITS = (
    "type",
    "required",
    "enum",
    "min",
    "max",
    "pattern",
    "flattened",
    "payload",
    "locationName",
    "xmlNamespace",
    "timestampFormat",
    "streaming",
    "exception",
    "error",
    "fault",
    "eventstream",
    "event",
    "union",
)
REFERENCE_TRAITS = (
    "shape",
    "location",
    "locationName",
    "flattened",
    "xmlAttribute",
    "xmlNamespace",
    "timestampFormat",
    "streaming",
    "idempotencyToken",
    "queryName",
    "eventpayload",
    "eventheader",
)
SPECS = Path(__file__).with_name("specs")


def compact_reference(reference: Mapping[str, Any]) -> dict[str, Any]:
    return {trait: reference[trait] for trait in REFERENCE_TRAITS if trait in reference}


def compact_shape(shape: Mapping[str, Any]) -> dict[str, Any]:
    compact = {trait: shape[trait] for trait in SHAPE_TRAITS if trait in shape}
    if "members" in shape:
        compact["members"] = {name: compact_reference(member) for name, member in shape["members"].items()}
    for part in ("member", "key", "value"):
        if part in shape:
            compact[part] = compact_reference(shape[part])
    return compact


def streams(shapes: Mapping[str, Any], shape: Mapping[str, Any]) -> bool:
    """Whether the shape's payload is a stream of bytes or of events."""
    payload = shape.get("members", {}).get(shape.get("payload"))
    if payload is None:
        return False
    target = shapes[payload["shape"]]
    return bool(payload.get("streaming") or target.get("streaming") or target.get("eventstream"))


def compact_operation(shapes: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    compact: dict[str, Any] = {"http": operation["http"]}
    for part in ("input", "output"):
        if part in operation:
            wanted = ("shape", "locationName", "xmlNamespace", "resultWrapper")
            compact[part] = {trait: operation[part][trait] for trait in wanted if trait in operation[part]}
            if streams(shapes, shapes[operation[part]["shape"]]):
                compact[part]["streaming"] = True
    if operation.get("errors"):
        compact["errors"] = [error["shape"] for error in operation["errors"]]
    checksum = operation.get("httpChecksum", {})
    if checksum.get("requestChecksumRequired") or operation.get("httpChecksumRequired"):
        compact["checksumRequired"] = True
    return compact


def references(shape: Mapping[str, Any]) -> Iterator[str]:
    for member in shape.get("members", {}).values():
        yield member["shape"]
    for part in ("member", "key", "value"):
        if part in shape:
            yield shape[part]["shape"]


def compact_service(model: Mapping[str, Any], without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The service's compact spec: its operations, less `without`, and the shapes that they reach."""
    names = [name for name in sorted(model["operations"]) if name not in without]
    operations = {name: compact_operation(model["shapes"], model["operations"][name]) for name in names}
    pending = [
        name
        for operation in operations.values()
        for name in (
            *(operation[part]["shape"] for part in ("input", "output") if part in operation),
            *operation.get("errors", ()),
        )
    ]
    pending += [name for name, shape in model["shapes"].items() if shape.get("exception")]
    reached: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending.extend(references(model["shapes"][name]))
    return {
        "metadata": {key: model["metadata"][key] for key in METADATA if key in model["metadata"]},
        "operations": operations,
        "shapes": {name: compact_shape(model["shapes"][name]) for name in sorted(reached)},
    }


def add_newer_operations(model: Mapping[str, Any], newer: Mapping[str, Any]) -> dict[str, Any]:
    """`model` with the operations and shapes that it has not yet."""
    return {**model, **{part: {**model[part], **newer[part], **model[part]} for part in ("operations", "shapes")}}


def add_query_protocol(spec: dict[str, Any], query: Mapping[str, Any]) -> dict[str, Any]:
    """`spec` with the namespace, names and error codes of the query protocol added."""
    spec["metadata"]["xmlNamespace"] = query["xmlNamespace"]
    for name, names in query["names"].items():
        shape = spec["shapes"][name]
        for part in ("member", "key", "value"):
            if part in names:
                shape[part]["queryName"] = names[part]
        for member, query_name in names.get("members", {}).items():
            shape["members"][member]["queryName"] = query_name
    for name, (code, status) in query["errors"].items():
        spec["shapes"][name]["error"] = {"code": code, "httpStatusCode": status}
    for name, operation in spec["operations"].items():
        if "output" in operation:
            operation["output"]["resultWrapper"] = f"{name}Result"
    return spec


def add_output_roots(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """`spec` with the names of the answers' document elements added."""
    for operation, root in OUTPUT_ROOTS.get(name, {}).items():
        spec["operations"][operation]["output"]["locationName"] = root
    for operation in UNWRAPPED.get(name, ()):
        spec["operations"][operation]["output"]["unwrapped"] = True
    return spec


def order_outputs(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """`spec` with the members of answers in the order in which AWS writes them."""
    for shape, order in OUTPUT_ORDER.get(name, {}).items():
        members = spec["shapes"][shape]["members"]
        first, _, last = order.partition("*")
        later = {member: members[member] for member in last.split()}
        kept = {member: reference for member, reference in members.items() if member not in later}
        spec["shapes"][shape]["members"] = {member: kept[member] for member in first.split()} | kept | later
    return spec


def render(spec: Mapping[str, Any]) -> str:
    """JSON of which each operation and shape is one line: read one by one, compared line by line."""

    def dump(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def table(name: str) -> str:
        lines = ",\n".join(f"{dump(key)}:{dump(value)}" for key, value in spec[name].items())
        return f'"{name}":{{\n{lines}\n}}'

    return f'{{"metadata":{dump(spec["metadata"])},\n{table("operations")},\n{table("shapes")}}}\n'


def rendered_specs() -> dict[Path, str]:
    from botocore.session import Session

    loader = Session().get_component("data_loader")
    rendered = {}
    for name in SERVICES:
        model = loader.load_service_model(name, "service-2")
        newer = SPECS / f"{name}.newer.json"
        if newer.exists():
            model = add_newer_operations(model, json.loads(newer.read_bytes()))
        spec = add_output_roots(name, compact_service(model, REPLACED.get(name, ())))
        spec = order_outputs(name, spec)
        query = SPECS / f"{name}.query.json"
        if query.exists():
            spec = add_query_protocol(spec, json.loads(query.read_bytes()))
        rendered[SPECS / f"{name}.json"] = render(spec)
    rendered[SPECS / "service-names.json"] = rendered_names()
    rendered[SPECS / "service-paths.json"] = rendered_paths(SERVICES)
    return rendered


def main(arguments: list[str]) -> int:
    stale = 0
    for path, text in rendered_specs().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in arguments:
            print(f"{path.name} is not what botocore's model gives; run `make specs`", file=sys.stderr)  # noqa: T201
            stale = 1
        else:
            path.write_text(text, encoding="utf-8")
    return stale


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
