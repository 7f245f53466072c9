"""restXml: method, path, query and headers name the operation and hold most of its input, XML or bytes the rest (S3).

In: an `HttpRequest` (path style; its body only where the operation does not stream it). Out: the operation, its input,
and the answer with x-amz-request-id and x-amz-id-2. Raises `AwsError` as `rest_routes` and `rest_input` say.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import AsyncIterator, Mapping
from typing import Any

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.model import OperationModel, ServiceModel
from awskit.wire.rest_input import Parse, RestInputs
from awskit.wire.rest_output import DECLARATION, RestOutputs, Serialize, plain_text
from awskit.wire.rest_routes import Routes
from awskit.wire.xml_writer import element

_HOST_ID_BYTES = 56

# Operations whose errors come without the line that XML begins with, as AWS may have sent that before.
_UNDECLARED = frozenset(("CompleteMultipartUpload", "CopyObject", "UploadPartCopy"))


class RestXml:
    """The protocol for one model. `validate` False leaves what the schema says of a document to the service."""

    resolves_by_head = True

    def __init__(self, model: ServiceModel, *, validate: bool = True) -> None:
        self.model = model
        self._routes = Routes(model)
        self._inputs = RestInputs(validate=validate)
        self._outputs = RestOutputs(model.name)
        self._parsers: dict[str, Parse] = {}
        self._serializers: dict[str, Serialize] = {}
        self._is_s3 = model.name == "s3"

    def resolve(self, request: HttpRequest) -> OperationModel:
        """The operation that the request line and headers mean; see `rest_routes`."""
        return self._routes.resolve(request)

    def parse(self, operation: OperationModel, request: HttpRequest) -> dict[str, Any]:
        """The operation's input; a streaming payload is left absent."""
        parse = self._parsers.get(operation.name)
        if parse is None:
            parse = self._parsers[operation.name] = self._inputs.parser(operation)
        return parse(request)

    def serialize(self, operation: OperationModel, output: Mapping[str, Any], request_id: str) -> HttpResponse:
        """The operation's answer: members in their headers, the rest as XML, a streaming payload as it is."""
        serialize = self._serializers.get(operation.name)
        if serialize is None:
            serialize = self._serializers[operation.name] = self._outputs.serializer(operation)
        headers = [("x-amz-request-id", request_id), ("x-amz-id-2", host_id(request_id))]
        status, body = serialize(output, headers)
        return HttpResponse(status, headers, body)

    def serialize_error(
        self, error: AwsError, request: HttpRequest, operation: OperationModel | None, request_id: str
    ) -> HttpResponse:
        """`<Error>` (S3 Control: in `<ErrorResponse>`); no body on HEAD and 304."""
        host = host_id(request_id)
        headers = [("x-amz-request-id", request_id), ("x-amz-id-2", host), *error.headers.items()]
        if error.status == 304 or not error.code:
            return HttpResponse(error.status, headers)
        if request.method == "HEAD":
            # The head of the error that GET would have, whose length AWS does not say.
            headers.append(("Content-Type", "application/xml"))
            return HttpResponse(error.status, headers, _no_body())
        members = "".join(element(name, plain_text(value)) for name, value in error.members.items())
        inner = f"{element('Code', error.code)}{element('Message', error.message)}{members}"
        ids = f"{element('RequestId', request_id)}{element('HostId', host)}"
        if self._is_s3:
            declaration = "" if operation is not None and operation.name in _UNDECLARED else DECLARATION
            body = f"{declaration}<Error>{inner}{ids}</Error>"
        else:
            body = f"{DECLARATION}<ErrorResponse><Error>{inner}</Error>{ids}</ErrorResponse>"
        headers.append(("Content-Type", "application/xml"))
        return HttpResponse(error.status, headers, body.encode("utf-8", "replace"))


async def _no_body() -> AsyncIterator[bytes]:
    return
    yield b""


def short_id(request_id: str) -> str:
    """A UUID in the form of S3's request ids: the first 16 of its digits, in capitals."""
    return request_id.replace("-", "")[:16].upper()


def host_id(request_id: str) -> str:
    """x-amz-id-2 for a request id: 76 characters, as S3's shorter ones have."""
    return b2a_base64((request_id * _HOST_ID_BYTES)[:_HOST_ID_BYTES].encode(), newline=False).decode("ascii")
