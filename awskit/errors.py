"""The one exception that carries an AWS error from anywhere in a service to the client.

In: a code, a message and an HTTP status, named as the AWS API reference of the service names them.
Out: rendered once, by `awskit.wire`, in the protocol of the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Fault = Literal["Sender", "Receiver"]

_NO_MEMBERS: Mapping[str, Any] = {}
_LONGEST_MESSAGE = 65_536  # characters: one may quote what a client has sent, which may be megabytes


class AwsError(Exception):
    """An error that AWS defines, to be shown to the caller as it is.

    `code` is the shape name where the model has the error (`QueueDoesNotExist`), else AWS's common code
    (`ValidationException`). `members` are the error shape's further members (`CancellationReasons`), or, in S3, further
    elements of `<Error>` (`BucketName`). `headers` are added to the answer (`x-amz-delete-marker`).
    The REST protocol renders a `status` of 304, an answer to HEAD and an error without a code without a body.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        status: int = 400,
        *,
        fault: Fault | None = None,
        members: Mapping[str, Any] = _NO_MEMBERS,
        headers: Mapping[str, str] = _NO_MEMBERS,
    ) -> None:
        if len(message) > _LONGEST_MESSAGE:
            message = message[:_LONGEST_MESSAGE] + "..."
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fault: Fault = fault if fault is not None else ("Sender" if status < 500 else "Receiver")
        self.members = members
        self.headers = headers


def internal_failure() -> AwsError:
    """What a bug looks like from outside; the trace is logged under the same request id."""
    return AwsError("InternalFailure", "The request processing has failed because of an unknown error.", 500)


def unavailable(reason: str) -> AwsError:
    """Something that the service stands on does not work; SDKs try again."""
    return AwsError("ServiceUnavailable", f"The request has failed: {reason}.", 503)


def not_implemented(service: str, operation: str) -> AwsError:
    """An operation that the service model has and RustStack does not have yet."""
    return AwsError("NotImplemented", f"RustStack does not implement the {service} operation {operation} yet.", 501)
