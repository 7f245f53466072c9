"""The gateway's own errors, in the error format of the protocol that the client speaks.

Services render theirs themselves (`awskit.wire`); here it is for a service that is down, not enabled or not there, so
the protocol is told from the request's head alone.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import orjson

Protocol = Literal["s3", "query", "ec2", "json", "cbor"]

_NAMESPACES = {
    "sqs": "http://queue.amazonaws.com/doc/2012-11-05/",
    "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
}
_JSON_TYPES = {"dynamodb": "com.amazonaws.dynamodb.v20120810#", "sqs": "com.amazonaws.sqs#"}
_QUERY_SERVICES = frozenset(
    "sqs sns sts iam autoscaling cloudformation cloudsearch elasticache elasticbeanstalk elasticloadbalancing"
    " monitoring neptune rds redshift sdb"
    # restXml, whose errors look the same
    " cloudfront route53".split()
)


@dataclass(frozen=True, slots=True)
class GatewayError:
    """`code` and `message` as shown; `status` 4xx is the caller's fault, 5xx the receiver's."""

    status: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the gateway's own."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def refused(reason: str) -> GatewayError:
    """A page that may not, or a host that may be anybody's, asks."""
    return GatewayError(403, "AccessDenied", reason)


def unavailable(service: str) -> GatewayError:
    """The service is enabled, but nothing answers at its address."""
    return GatewayError(503, "ServiceUnavailable", f"The {service} service is not running, or does not answer.")


def broken_off(service: str) -> GatewayError:
    """The service went away with the request in its hands: whether it was carried out is not known."""
    return GatewayError(503, "ServiceUnavailable", f"The {service} service went away before it answered.")


def fallback_unavailable(service: str) -> GatewayError:
    """What stands in for a service does not answer, or went away with the request in its hands."""
    return GatewayError(
        503, "ServiceUnavailable", f"What RUSTSTACK_FALLBACK_URL names for {service[:64]} does not answer."
    )


def failed() -> GatewayError:
    """A bug in the gateway."""
    return GatewayError(500, "InternalFailure", "The request processing has failed because of an unknown error.")


def stopping() -> GatewayError:
    """The gateway is told to stop and has waited long enough for the answer."""
    return GatewayError(503, "ServiceUnavailable", "RustStack is stopping.")


def not_enabled(service: str, enabled: tuple[str, ...]) -> GatewayError:
    """RustStack has the service, but was started without it."""
    return GatewayError(
        400,
        "ServiceNotEnabled",
        f"The {service} service is not enabled: SERVICES is {','.join(enabled)}. "
        f"Start RustStack with SERVICES={','.join((*enabled, service))} to use it.",
    )


def not_here(service: str) -> GatewayError:
    """AWS has the service and RustStack does not. A 4xx, since clients repeat a 5xx for minutes."""
    name = service[:64]
    return GatewayError(
        400, "UnsupportedOperation", f"RustStack does not have the service {name!r}: it has s3, dynamodb, sqs and sns."
    )


def protocol_of(service: str, headers: Mapping[bytes, bytes], query: bytes) -> Protocol:
    """The protocol in which a client of `service` that sent this head wants its errors."""
    content_type = headers.get(b"content-type", b"")
    if b"cbor" in content_type or headers.get(b"smithy-protocol") == b"rpc-v2-cbor":
        return "cbor"
    if b"x-amz-target" in headers or content_type.startswith(b"application/x-amz-json"):
        return "json"
    if service == "s3":
        return "s3"
    if service == "ec2":
        return "ec2"
    if service in _QUERY_SERVICES or content_type.startswith(b"application/x-www-form-urlencoded"):
        return "query"
    return "query" if b"Action=" in query else "json"


def render(
    error: GatewayError, protocol: Protocol, service: str, request_id: str, headers: Mapping[bytes, bytes]
) -> Answer:
    """The answer that shows `error`. The answer to a HEAD has the same length and no body: the caller sees to it."""
    if protocol == "s3":
        return _s3(error, request_id)
    if protocol == "query":
        return _query(error, service, request_id)
    if protocol == "ec2":
        return _ec2(error, request_id)
    if protocol == "cbor":
        return _cbor(error, request_id, headers.get(b"content-type", b"application/cbor"))
    return _json(error, service, request_id, headers.get(b"content-type", b""))


def answer(status: int, content_type: bytes, body: bytes, request_id: str) -> Answer:
    """An answer with the headers that all of AWS's have."""
    return Answer(
        status,
        [
            (b"x-amzn-RequestId", request_id.encode()),
            (b"Content-Type", content_type),
            (b"Content-Length", str(len(body)).encode()),
        ],
        body,
    )


def _s3(error: GatewayError, request_id: str) -> Answer:
    # S3's ids are 16 capital hexadecimal digits, and a longer opaque one
    short = request_id.replace("-", "")[:16].upper()
    host = b64encode((short * 4)[:56].encode()).decode()
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{error.code}</Code><Message>{_xml(error.message)}</Message>"
        f"<RequestId>{short}</RequestId><HostId>{host}</HostId></Error>"
    ).encode()
    headers = [
        (b"x-amz-request-id", short.encode()),
        (b"x-amz-id-2", host.encode()),
        (b"Server", b"AmazonS3"),
        (b"Content-Type", b"application/xml"),
        (b"Content-Length", str(len(body)).encode()),
    ]
    return Answer(error.status, headers, body)


def _query(error: GatewayError, service: str, request_id: str) -> Answer:
    namespace = _NAMESPACES.get(service)
    attribute = f' xmlns="{namespace}"' if namespace else ""
    fault = "Sender" if error.status < 500 else "Receiver"
    body = (
        f"<ErrorResponse{attribute}><Error><Type>{fault}</Type><Code>{error.code}</Code>"
        f"<Message>{_xml(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return answer(error.status, b"text/xml", body.encode(), request_id)


def _ec2(error: GatewayError, request_id: str) -> Answer:
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Response><Errors><Error><Code>{error.code}</Code><Message>{_xml(error.message)}</Message></Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    )
    return answer(error.status, b"text/xml;charset=UTF-8", body.encode(), request_id)


def _json(error: GatewayError, service: str, request_id: str, content_type: bytes) -> Answer:
    type_ = _JSON_TYPES.get(service, "") + error.code
    # `Message` beside `message`: restJson services use either
    body = orjson.dumps({"__type": type_, "message": error.message, "Message": error.message})
    if not content_type.startswith(b"application/x-amz-json"):
        content_type = b"application/json"
    answered = answer(error.status, content_type, body, request_id)
    if service not in _JSON_TYPES:  # awsJson's errors are told by `__type` alone, restJson's by this
        answered.headers.append((b"x-amzn-errortype", error.code.encode()))
    if service == "dynamodb":
        answered.headers.extend(((b"x-amz-crc32", str(zlib.crc32(body)).encode()), (b"Server", b"Server")))
    if service == "sqs":
        fault = "Sender" if error.status < 500 else "Receiver"
        answered.headers.append((b"x-amzn-query-error", f"{error.code};{fault}".encode()))
    return answered


def _cbor(error: GatewayError, request_id: str, content_type: bytes) -> Answer:
    # a map of two text strings, RFC 8949
    body = b"\xa2" + b"".join(map(_cbor_text, ("__type", error.code, "message", error.message)))
    answered = answer(error.status, content_type, body, request_id)
    answered.headers.append((b"smithy-protocol", b"rpc-v2-cbor"))
    return answered


def _cbor_text(text: str) -> bytes:
    encoded = text.encode()
    return b"\x79" + len(encoded).to_bytes(2, "big") + encoded


def _xml(text: str) -> str:
    # what XML cannot hold at all is shown as a question mark
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
