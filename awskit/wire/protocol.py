"""What the application asks of an AWS protocol. `aws_json`, `aws_query` and `rest_xml` implement it; none does I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest, HttpResponse


class OperationShape(Protocol):
    """The part of `awskit.wire.model.OperationModel` that the application uses."""

    @property
    def name(self) -> str:
        """The operation's name: `PutObject`."""

    @property
    def service(self) -> str:
        """Its model's name: `s3`."""

    @property
    def streaming_input(self) -> bool:
        """Whether its payload is handed to the handler as a stream, unread."""


class WireProtocol(Protocol):
    """One service model over one protocol."""

    @property
    def resolves_by_head(self) -> bool:
        """Whether `resolve` needs only the request's head, so that a body may be streamed to the handler."""

    def resolve(self, request: HttpRequest) -> Any:
        """The operation (`OperationShape`) that `request` asks for. AwsError where there is none."""

    def parse(self, operation: Any, request: HttpRequest) -> dict[str, Any]:
        """The operation's input. AwsError where the request is malformed or breaks the model's constraints."""

    def serialize(self, operation: Any, output: Mapping[str, Any], request_id: str) -> HttpResponse:
        """The answer for an operation's output."""

    def serialize_error(
        self, error: AwsError, request: HttpRequest, operation: Any | None, request_id: str
    ) -> HttpResponse:
        """The answer for an error, before or after the operation is known."""
