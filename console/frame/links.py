"""The page of a resource that occurs somewhere: by its ARN, a queue's URL, or as the journal of requests names it.

In: a text and the scope that it occurs in. Out: the page's address, None where the text names nothing that has one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from console.frame.addresses import Scope

_QUEUE_URL = re.compile(r"https?://([^/]*)(?:/queue/([a-z0-9-]+))?/(\d{12})/([\w-]{1,80}(?:\.fifo)?)", re.ASCII)


def page_of(text: str, scope: Scope) -> str | None:
    """See the module."""
    if text.startswith("arn:"):
        return page_of_arn(text, scope)
    if text.startswith(("http://", "https://")):
        return page_of_queue_url(text, scope)
    return None


def page_of_arn(arn: str, scope: Scope) -> str | None:
    """The page of an S3, DynamoDB, SQS or SNS resource. Where the ARN has no account or region, `scope` says them."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5]:
        return None
    _, _, service, region, account, resource = parts
    of_service = _BY_SERVICE.get(service)
    found = Scope.of(account or scope.account, region or scope.region)
    return of_service(found, resource) if of_service is not None and found is not None else None


def page_of_queue_url(url: str, scope: Scope) -> str | None:
    """The page of a queue; the URL's host may say a region."""
    match = _QUEUE_URL.fullmatch(url)
    if match is None:
        return None
    host, of_path, account, name = match.groups()
    said = of_path or next((label for label in host.split(".") if Scope.of(account, label) is not None), scope.region)
    found = Scope.of(account, said)
    return found.url("sqs", "queues", name) if found is not None else None


def page_of_resource(service: str, resource: str, scope: Scope) -> str | None:
    """The page of what the journal of requests names: `bucket/key`, a table, a queue or a topic."""
    of_service = _BY_SERVICE.get({"dynamodb": "dynamodb-name"}.get(service, service))
    if not resource or of_service is None:
        return None
    return page_of(resource, scope) if resource.startswith("arn:") else of_service(scope, resource)


def _s3(scope: Scope, resource: str) -> str:
    bucket, _, key = resource.partition("/")
    return scope.url("s3", "buckets", bucket, "object", key=key) if key else scope.url("s3", "buckets", bucket)


def _table(scope: Scope, resource: str) -> str | None:
    kind, _, rest = resource.partition("/")
    name, _, further = rest.partition("/")
    if kind != "table" or not name:
        return None
    return scope.url("dynamodb", "tables", name, *(["stream"] if further.startswith("stream/") else []))


def _sns(scope: Scope, resource: str) -> str:
    topic, _, subscription = resource.partition(":")
    if "/" in topic:  # app/GCM/name, endpoint/GCM/name/id
        return scope.url("sns", "sinks")
    if subscription:
        return scope.url("sns", "topics", topic, "subscriptions", subscription)
    return scope.url("sns", "topics", topic)


_BY_SERVICE: dict[str, Callable[[Scope, str], str | None]] = {
    "s3": _s3,
    "dynamodb": _table,
    "dynamodb-name": lambda scope, name: scope.url("dynamodb", "tables", name),
    "sqs": lambda scope, name: scope.url("sqs", "queues", name),
    "sns": _sns,
}
