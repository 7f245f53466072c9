"""Calls to an endpoint as plain JSON over one kept connection, without a client library's own checks and cost."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=test"
)
_HEADERS = {
    "Content-Type": "application/x-amz-json-1.0",
    "Authorization": _AUTHORIZATION,
    "X-Amz-Date": "20200101T000000Z",
}


@dataclass(frozen=True)
class Failure:
    """An error answer: its code without the namespace, its text, and its further members."""

    code: str
    message: str
    members: dict[str, Any]


Answer = dict[str, Any] | Failure


class Endpoint:
    """One DynamoDB at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)

    def call(self, operation: str, input: dict[str, Any]) -> Answer:
        """The answer. OSError where the endpoint cannot be reached."""
        headers = {**_HEADERS, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        try:
            self._connection.request("POST", "/", json.dumps(input), headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            if isinstance(error, OSError):
                raise
            raise ConnectionError(str(error)) from error
        answer: dict[str, Any] = json.loads(body)
        if response.status == 200:
            return answer
        code = str(answer.pop("__type", "")).rsplit("#", 1)[-1]
        message = answer.pop("message", None) or answer.pop("Message", "")
        return Failure(code, message, answer)

    def close(self) -> None:
        self._connection.close()
