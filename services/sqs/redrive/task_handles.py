"""Handles of message move tasks: opaque to clients, they hold the task's id and its source queue's ARN.

Raises `InvalidParameterValue`.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

import orjson

from services.sqs.errors import invalid_parameter


def write_task_handle(task_id: str, source_arn: str) -> str:
    return b64encode(orjson.dumps({"taskId": task_id, "sourceArn": source_arn})).decode()


def read_task_handle(handle: str) -> str:
    """The id of the task that `handle` stands for."""
    try:
        task_id = orjson.loads(b64decode(handle, validate=True))["taskId"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        task_id = None
    if not isinstance(task_id, str) or "\0" in task_id:
        raise invalid_parameter("Value for parameter TaskHandle is invalid.")
    return task_id
