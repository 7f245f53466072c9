"""Answers of the query protocol in JSON, as AWS gives them to who accepts `application/json` (also API Gateway).

In: an operation, its output or an error. Out: the JSON text. Nothing is raised.

    {"ReceiveMessageResponse": {"ReceiveMessageResult": {"messages": [...]}, "ResponseMetadata": {"RequestId": "..."}}}

Every member of the model is there, null where there is nothing; a map is a list of objects; two lists have other names
than in the model.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import orjson

from awskit.errors import AwsError
from awskit.wire.model import OperationModel, Shape

_NAMES = {("ListQueuesResult", "QueueUrls"): "queueUrls", ("ReceiveMessageResult", "Messages"): "messages"}


def json_answer(operation: OperationModel, output: Mapping[str, Any], request_id: str) -> bytes:
    """The body of a successful answer; `output` is the one that the other protocols serialize."""
    response: dict[str, Any] = {"ResponseMetadata": {"RequestId": request_id}}
    if operation.output is not None:
        response[operation.result_wrapper or f"{operation.name}Result"] = _content(operation.output, output)
    return orjson.dumps({f"{operation.name}Response": response})


def json_error(error: AwsError, code: str, request_id: str) -> bytes:
    """`code` is the error's code on the query wire."""
    content = {"Code": code, "Message": error.message, "Type": error.fault}
    return orjson.dumps({"Error": content, "RequestId": request_id})


def _content(shape: Shape, value: Any) -> Any:
    if value is None:
        return None
    if shape.type == "structure":
        return {
            _NAMES.get((shape.name, name), name): _content(member.shape, value.get(name))
            for name, member in shape.members.items()
        }
    if shape.type == "list":
        return [_content(shape.member.shape, element) for element in value]
    if shape.type == "map":
        key, content = shape.key.query_name or "key", shape.value.query_name or "value"
        return [{key: name, content: _content(shape.value.shape, below)} for name, below in value.items()]
    return b64encode(value).decode() if isinstance(value, bytes) else value
