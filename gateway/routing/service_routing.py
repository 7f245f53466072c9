"""Which service a request is for.

In: a request's head (and, where `service_of` answers None, the beginning of its form body). Out: a service's name:
one of RustStack's, `sts`, `iam` and `kms`, which the gateway answers itself, or the signing name of one that RustStack
does not have (`lambda`). Nothing is raised, nothing is kept.

The order: `/_aws/<service>/` paths; the credential scope (v4 header or presigned query), v2 signatures being S3's;
`X-Amz-Target`; the host name; the query protocol's `Action`, in the URL; queue-URL paths; in a form body; else S3.

A browser's preflight has none of these but the path. `PREFLIGHT` is where every service's requests are sent to: the
root, and queues; the gateway answers those itself. One that is S3's by its path alone may be another emulator's
(see `gateway.proxy.preflights`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qsl

from awskit.sigv4.authorization import Credential, credential_of
from awskit.wire.service_names import service_of_target
from gateway.routing.actions import service_of_action
from gateway.routing.hosts import DOMAINS, service_of_host

_SIGNING_NAMES = {
    "s3": "s3",
    "s3express": "s3",
    "s3-outposts": "s3",
    "s3-object-lambda": "s3",
    "dynamodb": "dynamodb",
    "dynamodbstreams": "dynamodb",
    "sqs": "sqs",
    "sns": "sns",
}
_TARGETS = {
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "dynamodb",
    "AmazonSQS": "sqs",
    "AmazonSNS": "sns",
    "AmazonSimpleNotificationService": "sns",
}
_QUEUE_PATH = re.compile(rb"/(?:queue/[a-z]{2,4}(?:-[a-z]+)+-\d/)?\d{12}/[A-Za-z0-9_-]{1,80}(?:\.fifo)?/?").fullmatch
_OWN_PATH = re.compile(rb"/_aws/([a-z0-9-]{1,64})/").match
_FORM = b"application/x-www-form-urlencoded"
_OWN = frozenset({*_SIGNING_NAMES.values(), "sts", "iam"})

_LONGEST_LABEL = 64
_LONGEST_KEPT = 512
_LONGEST_TARGET = 256

PREFLIGHT = "preflight"


def service_of(
    method: str,
    path: bytes,
    query: bytes,
    headers: Mapping[bytes, bytes],
    domains: tuple[str, ...] = DOMAINS,
) -> str | None:
    """The service that a head names; None where only the form body can tell (see `service_of_form`).

    `path` is raw and without the query, header names are lower-case, `domains` are those of `gateway.routing.hosts`.
    """
    if path.startswith(b"/_aws/") and (own := _OWN_PATH(path)):
        return own[1].decode()
    service = _signed_service(headers.get(b"authorization"), query)
    if service is not None and (service in _OWN or not _is_of_host(service, headers)):
        return service
    target = headers.get(b"x-amz-target")
    if target is not None:
        name = target.decode("latin-1").partition(".")[0]
        return _TARGETS.get(name) or _other_service(target.decode("latin-1"))
    host = headers.get(b"host")
    if host is not None and (service := service_of_host(host.decode("latin-1"), domains)) is not None:
        return service
    if b"Action=" in query and (service := service_of_action(_parameters(query))) is not None:
        return service
    is_queue = _QUEUE_PATH(path) is not None
    if method == "OPTIONS" and (is_queue or path == b"/") and b"access-control-request-method" in headers:
        return PREFLIGHT
    if is_queue:
        return "sqs"
    if method == "POST" and _may_be_form(path, headers.get(b"content-type")):
        return None
    return "s3"


def service_of_form(body: bytes) -> str:
    """The service that the beginning of an urlencoded form body names."""
    return service_of_action(_parameters(body)) or "s3"


def _signed_service(authorization: bytes | None, query: bytes) -> str | None:
    if authorization is not None:
        start = authorization.find(b"Credential=")
        end = authorization.find(b",", start)
        if start > 0 and 0 < end - start <= _LONGEST_KEPT and authorization.startswith(b"AWS4"):
            return _service_of_scope(authorization[start:end])
        text = authorization.decode("latin-1")
        credential = credential_of(text, "")
        if credential is None:
            return None
        return _service_of_credential(credential) or ("s3" if text.startswith("AWS ") else None)
    if b"X-Amz-Credential=" in query or b"AWSAccessKeyId=" in query:
        credential = credential_of(None, query.decode("latin-1"))
        if credential is None:
            return None
        # A version 2 query is S3's, unless it is the query protocol's, which says so
        return _service_of_credential(credential) or (
            "s3" if b"AWSAccessKeyId=" in query and b"SignatureVersion=" not in query else None
        )
    return None


@lru_cache(maxsize=1024)
def _service_of_scope(text: bytes) -> str | None:
    """By the part of an `Authorization` header that names the credential: one look-up for what most requests have."""
    credential = credential_of(text.decode("latin-1"), "")
    return None if credential is None else _service_of_credential(credential)


def _is_of_host(name: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a scope's service is the host's first label, as boto 2 and its like take it: `127` of `127.0.0.1`."""
    label = headers.get(b"host", b"")[:_LONGEST_LABEL].partition(b".")[0].partition(b":")[0]
    return label.decode("latin-1").lower() == name


def _other_service(target: str) -> str:
    prefix = target[:_LONGEST_TARGET].rpartition(".")[0]
    return service_of_target(prefix) or prefix.partition("_")[0].lower() or "unknown"


def _may_be_form(path: bytes, content_type: bytes | None) -> bool:
    """Whether a POST's body may hold an `Action`: some old clients send it to any path, some without its type."""
    if content_type is None:
        return path == b"/"
    return content_type.lower().startswith(_FORM)


def _service_of_credential(credential: Credential) -> str | None:
    service = credential.service
    return _SIGNING_NAMES.get(service, service.lower()) if service else None


def _parameters(text: bytes) -> list[tuple[str, str]]:
    return parse_qsl(text.decode("latin-1"), keep_blank_values=True)
