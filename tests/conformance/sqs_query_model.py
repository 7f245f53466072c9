"""SQS by the query protocol, which boto3 no longer speaks: its model with the names of that protocol put back.

Before 2023 boto3's own model had them; AWS's API reference shows them in each operation's examples.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

SERVICE_NAME = "sqs-query"
_LISTS = {
    "AttributeNames": "AttributeName",
    "MessageSystemAttributeNames": "MessageSystemAttributeName",
    "MessageAttributeNames": "MessageAttributeName",
    "AWSAccountIds": "AWSAccountId",
    "Actions": "ActionName",
    "TagKeys": "TagKey",
    "Messages": "Message",
    "QueueUrls": "QueueUrl",
    "queueUrls": "QueueUrl",
    "Failed": "BatchResultErrorEntry",
    "Results": "ListMessageMoveTasksResultEntry",
    "StringListValues": "StringListValue",
    "BinaryListValues": "BinaryListValue",
}
_MAPS = {
    "Attributes": ("Attribute", "Name"),
    "MessageAttributes": ("MessageAttribute", "Name"),
    "MessageSystemAttributes": ("MessageSystemAttribute", "Name"),
    "Tags": ("Tag", "Key"),
    "tags": ("Tag", "Key"),
}
_BATCHES = {"Entries": "RequestEntry", "Successful": "ResultEntry"}


def write(loader: Loader, folder: Path) -> None:
    """Write the model below `folder`, from where boto3 loads it as the service `sqs-query`."""
    model = json.loads(json.dumps(loader.load_service_model("sqs", "service-2")))
    metadata = model["metadata"]
    for key in ("awsQueryCompatible", "jsonVersion", "targetPrefix", "protocols"):
        metadata.pop(key, None)
    metadata.update(protocol="query", xmlNamespace=f"http://queue.amazonaws.com/doc/{metadata['apiVersion']}/")
    for name, operation in model["operations"].items():
        if "output" in operation:
            operation["output"]["resultWrapper"] = f"{name}Result"
    shapes = model["shapes"]
    for name, shape in list(shapes.items()):
        for member_name, member in shape.get("members", {}).items():
            _name_member(shapes, name, member_name, member)
    target = folder / SERVICE_NAME / metadata["apiVersion"]
    target.mkdir(parents=True)
    (target / "service-2.json").write_text(json.dumps(model))
    (target / "endpoint-rule-set-1.json").write_text(
        json.dumps(loader.load_service_model("sqs", "endpoint-rule-set-1"))
    )


def _name_member(shapes: dict[str, Any], of: str, name: str, member: dict[str, Any]) -> None:
    kind = shapes[member["shape"]]["type"]
    if kind == "map" and name in _MAPS:
        wire_name, key_name = _MAPS[name]
        shape_name = f"{member['shape']}By{key_name}"
        shapes_of_map = dict(shapes[member["shape"]])
        shapes_of_map["key"] = {**shapes_of_map["key"], "locationName": key_name}
        shapes_of_map["value"] = {**shapes_of_map["value"], "locationName": "Value"}
        shapes[shape_name] = {**shapes_of_map, "flattened": True}
        member.update(shape=shape_name, locationName=wire_name, flattened=True)
    elif kind == "list":
        wire_name = _LISTS.get(name) or of.removesuffix("Request").removesuffix("Result") + _BATCHES.get(name, "")
        shape_name = f"{member['shape']}Of{wire_name}"
        of_list = dict(shapes[member["shape"]])
        of_list["member"] = {**of_list["member"], "locationName": wire_name}
        shapes[shape_name] = {**of_list, "flattened": True}
        member.update(shape=shape_name, flattened=True)
