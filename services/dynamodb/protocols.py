"""DynamoDB's JSON protocol: attribute values stay in wire form, and constraints are DynamoDB's rather than the model's.

In: a request's JSON. Out: an operation's input, whose attribute values are checked for their JSON types only (binary is
left as base64 text). Raised: `AwsError` SerializationException and ValidationException with DynamoDB's texts.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Final

from awskit.errors import AwsError
from awskit.wire.aws_json import AwsJson, load_json
from awskit.wire.http import HttpRequest
from awskit.wire.json_shapes import serialization_error
from awskit.wire.model import OperationModel, load_model
from services.dynamodb.wire.attribute_values import parse_attribute_value, parse_member_value
from services.dynamodb.wire.authentication import check_signed
from services.dynamodb.wire.constraints import validators

_MEDIA_TYPES: Final = frozenset({"application/json", "application/x-amz-json-1.0"})
_WINDOWS: Final[Mapping[str, int]] = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_LARGEST_BODY: Final = 16 * 1024 * 1024


# Attribute values


# Constraints


class DynamoDbJson(AwsJson):
    """awsJson as DynamoDB's front end has it: bodies may be compressed, and what is unsigned is turned away."""

    def resolve(self, request: HttpRequest) -> OperationModel:
        """The operation that a request is for; raises what AWS's front end answers where it is for none."""
        if request.method != "POST":
            raise AwsError("UnknownOperationException", status=404)
        headers, body = request.headers, request.body
        if body:
            if headers.get("content-type", "").partition(";")[0].strip() not in _MEDIA_TYPES:
                raise AwsError("UnknownOperationException", status=404)
            if "content-encoding" in headers:
                request.body = body = decompressed(body, headers["content-encoding"])
        operation = self.operation(headers.get("x-amz-target", ""))
        if operation is None:
            if body:
                load_json(body)
            raise AwsError("UnknownOperationException")
        check_signed(request)
        return operation


def decompressed(body: bytes, encoding: str) -> bytes:
    """A body that was sent with `Content-Encoding`: gzip and deflate are understood."""
    window = _WINDOWS.get(encoding.strip().lower())
    if window is None:
        return body
    try:
        unpacker = zlib.decompressobj(window)
        unpacked = unpacker.decompress(body, _LARGEST_BODY + 1)
    except zlib.error:
        raise serialization_error() from None
    if len(unpacked) > _LARGEST_BODY:
        raise AwsError("RequestEntityTooLarge", "The request body is too large.", 413)
    return unpacked


def dynamodb_protocol() -> AwsJson:
    """The protocol of DynamoDB's own model."""
    model = load_model("dynamodb")
    return DynamoDbJson(
        model,
        parse_overrides={"AttributeValue": parse_attribute_value, "AttributeValue.member": parse_member_value},
        serialize_overrides={
            "AttributeValue": None,
            "ConsumedCapacity": None,
            "ConsumedCapacityMultiple": None,
            "ItemCollectionMetrics": None,
        },
        validate=validators(model),
    )


def streams_protocol() -> AwsJson:
    """The protocol of DynamoDB Streams."""
    return DynamoDbJson(load_model("dynamodbstreams"), serialize_overrides={"AttributeValue": None, "RecordList": None})
