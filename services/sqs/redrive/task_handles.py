"""Handles of message move tasks: opaque to clients, they hold the task's id and its source queue's ARN.

Raises `InvalidParameterValue`.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from typing import NamedTuple

import orjson

from services.sqs.errors import invalid_parameter


def write_task_handle(task_id: str, source_arn: str) -> str:
    return b64encode(orjson.dumps({"taskId": task_id, "sourceArn": source_arn})).decode()


class TaskHandle(NamedTuple):
    """What a handle stands for."""

    task_id: str
    source_arn: str


def read_task_handle(text: str) -> TaskHandle:
    """What the handle `text` stands for; whether there is such a task it does not tell."""
    try:
        handle = orjson.loads(b64decode(text, validate=True))
        task_id, source_arn = handle["taskId"], handle["sourceArn"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        task_id = source_arn = None
    if not isinstance(task_id, str) or not isinstance(source_arn, str) or "\0" in task_id:
        raise invalid_parameter("Value for parameter TaskHandle is invalid.")
    return TaskHandle(task_id, source_arn)
