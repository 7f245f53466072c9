"""A request's or an event's attributes, by OpenTelemetry's semantic conventions.

https://opentelemetry.io/docs/specs/semconv/cloud-providers/aws-sdk/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SERVICE_NAMES = {"s3": "S3", "dynamodb": "DynamoDB", "sqs": "SQS", "sns": "SNS"}
_MESSAGING_SYSTEMS = {"sqs": "aws_sqs", "sns": "aws.sns"}

Value = str | int | float | list[str]
Attributes = dict[str, Value]


def span_name(item: Mapping[str, Any]) -> str:
    """`SQS/SendMessage`; of an event, what it is: `arrival orders`."""
    service = _SERVICE_NAMES.get(item["service"], item["service"])
    if item["what"] == "event":
        return f"{item['event']} {item['resource'].rpartition(':')[2]}".rstrip()
    return f"{service}/{item['operation'] or 'unknown'}"


def attributes(item: Mapping[str, Any]) -> Attributes:
    """Those that are known."""
    told = _of_event(item) if item["what"] == "event" else _of_request(item)
    return {name: value for name, value in told.items() if value is not None}


def _of_event(item: Mapping[str, Any]) -> dict[str, Value | None]:
    return {
        "ruststack.event": item["event"],
        "ruststack.event.cause": item["cause"],
        "ruststack.event.text": item["text"] or None,
        "messaging.message.id": item["message"],
        "messaging.destination.name": item["resource"],
    }


def _of_request(item: Mapping[str, Any]) -> dict[str, Value | None]:
    service = item["service"]
    error = item["error"]
    return {
        "rpc.system": "aws-api",
        "rpc.service": _SERVICE_NAMES.get(service, service),
        "rpc.method": item["operation"],
        "aws.request_id": item["id"],
        "cloud.provider": "aws",
        "cloud.account.id": item["account"],
        "cloud.region": item["region"],
        "http.response.status_code": item["status"],
        "http.request.body.size": item["received"],
        "http.response.body.size": item["sent"],
        "user_agent.original": item["user_agent"],
        "error.type": error["code"] if error else None,
        "ruststack.error.message": error["message"] if error else None,
        "ruststack.parameters": item["parameters"] or None,
        "ruststack.policy": item["policy"],
        "ruststack.fault": item["fault"],
        **_of_resource(service, item["resource"]),
        **_of_messages(service, item["messages"]),
    }


def _of_resource(service: str, resource: str | None) -> dict[str, Value | None]:
    if not resource:
        return {}
    if service == "s3":
        bucket, _, key = resource.partition("/")
        return {"aws.s3.bucket": bucket, "aws.s3.key": key or None}
    if service == "dynamodb":
        return {"aws.dynamodb.table_names": [resource]}
    return {"messaging.destination.name": resource}


def _of_messages(service: str, lines: list[list[str]]) -> dict[str, Value | None]:
    if service not in _MESSAGING_SYSTEMS:
        return {}
    told: dict[str, Value | None] = {"messaging.system": _MESSAGING_SYSTEMS[service]}
    if len(lines) == 1:
        told["messaging.message.id"] = lines[0][0]
    elif lines:
        told["messaging.batch.message_count"] = len(lines)
    return told
