"""Requests to the control paths (`/_ruststack/...`, `/_localstack/...`, `/_aws/...`), as no one should ask them.

In: a source of randomness and of odd values. Out: `Request`s. What would empty the fleet, break it on purpose or move
its clock far is not among them: what follows would be none of a client's doing. Nor is the console, which somebody's
first visit starts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import quote

from tests.hostile.wire import Request, json_document, text_of

_NAMES = ("a", "", ".", "..", "../a", "..%2fa", "%2e%2e%2f%2e%2e%2fetc", "a%00b", "%ff", "a" * 300, "é", "a/b", "a%2fb",
    "con", ".hidden", "~", "%0d%0aX-Injected:%201", "a.tar")  # fmt: skip
_PATHS = (
    *("/_ruststack/health", "/_ruststack/ready", "/_ruststack/storage", "/_ruststack/metrics", "/_ruststack/clock"),
    *("/_ruststack/requests", "/_ruststack/requests/{}", "/_ruststack/trail", "/_ruststack/trace/{}"),
    *("/_ruststack/faults", "/_ruststack/faults/{}", "/_ruststack/snapshots", "/_ruststack/snapshots/{}"),
    *("/_ruststack/snapshots/{}/save", "/_ruststack/snapshots/{}/check", "/_ruststack/snapshots/{}/load"),
    *("/_ruststack/snapshots/{}/piece", "/_ruststack/snapshots/{}/gather", "/_ruststack/snapshots/{}/take-in"),
    *("/_ruststack/snapshots/{}/put", "/_ruststack/sinks", "/_ruststack/sinks/{}", "/_ruststack/{}"),
    *("/_localstack/health", "/_localstack/info", "/_localstack/init", "/_localstack/init/{}", "/_localstack/{}"),
    *("/_localstack/state/{}", "/_aws/sqs/messages", "/_aws/sqs/backlog", "/_aws/sqs/deliveries", "/_aws/sns/{}"),
    *("/_aws/sns/filter-check", "/_aws/sns/platform-endpoint-messages", "/_aws/sns/sms-messages", "/_aws/{}"),
    *("/_aws/dynamodb/kinesis-records", "/_aws/dynamodb/expired", "/_aws/dynamodb/regions", "/_aws/s3/{}", "/_aws/ses"),
    "/_ruststack/ca.pem",
)
_PARAMETERS = (
    *("account", "service", "after", "limit", "count", "offset", "size", "change", "replace", "id", "ref", "follow"),
    *("QueueUrl", "QueueName", "topic", "region", "error", "operation", "resource", "seconds", "status", "name"),
    *("EndpointArn", "phoneNumber", "since", "until", "method", "cut", "join"),
)
_METHODS = ("GET", "GET", "POST", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS")


def control_request(random: Random, hostile: Callable[[], Any]) -> Request:
    """One of them."""
    path = random.choice(_PATHS)
    if "{}" in path:
        path = path.format(random.choice(_NAMES))
    names = random.sample(_PARAMETERS, random.choice((0, 1, 1, 2, 4)))
    query = "&".join(f"{name}={quote(_value(random, hostile), safe='%')}" for name in names)
    method = random.choice(_METHODS)
    headers = [("Host", "localhost")]
    body = b""
    if method in ("POST", "PUT", "PATCH") and random.random() < 0.6:
        body = _body(random, hostile)
        headers.append(("Content-Type", random.choice(("application/json", "text/plain", "", "é"))))
    target = f"{path}?{query}" if query else path
    return Request(f"control {method} {path[:40]}", method, target, headers, body)


def _value(random: Random, hostile: Callable[[], Any]) -> str:
    if random.random() < 0.4:
        return random.choice(("1", "0", "-1", "a", "000000000000", "s3", "9" * 25, "1e400", "%ff", "%00", ""))
    text = text_of(hostile())[:3000]
    return text.encode("utf-8", "replace").decode()


def _body(random: Random, hostile: Callable[[], Any]) -> bytes:
    names = ("Entries", "service", "rules", "id", "QueueArn", "FilterPolicy", "Message", "MessageAttributes", "name")
    value: Any = {name: hostile() for name in random.sample(names, random.randint(0, 3))}
    if random.random() < 0.3:
        value = hostile()
    return random.choice((json_document(value), json_document([value]), json.dumps(str(value)).encode(), b"{"))
