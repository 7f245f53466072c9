"""Requests as pages of elsewhere send them, over plain HTTP, to the fleet and to each service reached directly.

What a real browser makes of it: `test_chromium.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.processes import Running

SCOPE = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
JSON = "application/x-amz-json-1.0"
FORM = "application/x-www-form-urlencoded"

# what tells whether a service has done what it was asked: nothing may be left by a refused request
REQUESTS: dict[str, list[tuple[str, str, dict[str, str], str]]] = {
    "sqs": [
        ("POST", "/", {"x-amz-target": "AmazonSQS.CreateQueue", "content-type": JSON}, '{"QueueName": "NAME"}'),
        ("POST", "/", {"content-type": FORM}, "Action=CreateQueue&QueueName=NAME"),
        ("GET", "/?Action=CreateQueue&QueueName=NAME", {}, ""),
        ("GET", "/?Action=ListQueues&QueueNamePrefix=NAME", {}, ""),
        ("POST", "/_ruststack/reset", {}, ""),
        ("GET", "/_aws/sqs/messages?QueueUrl=http://localhost/000000000000/NAME", {}, ""),
    ],
    "sns": [
        ("POST", "/", {"content-type": FORM}, "Action=CreateTopic&Name=NAME"),
        ("GET", "/?Action=CreateTopic&Name=NAME", {}, ""),
        ("POST", "/_ruststack/reset", {}, ""),
    ],
    "dynamodb": [
        ("POST", "/", {"x-amz-target": "DynamoDB_20120810.ListTables", "content-type": JSON}, "{}"),
        ("POST", "/", {"x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "text/plain"}, "{}"),
        ("DELETE", "/_aws/dynamodb/expired", {}, ""),
        ("POST", "/_aws/dynamodb/regions?cut=eu-west-1", {}, ""),
        ("POST", "/_ruststack/reset", {}, ""),
        ("GET", "/", {}, ""),
    ],
    "s3": [("POST", "/_ruststack/reset", {}, ""), ("GET", "/_ruststack/health", {}, "")],
}
STRANGERS = [
    {"origin": "http://evil.test"},
    {"origin": "null"},
    {"origin": "http://bucket.s3-website.localhost:4566"},
    {"sec-fetch-site": "cross-site"},
    {"host": "evil.test:4566", "origin": "http://evil.test:4566"},
    {"host": "evil.test:4566"},
]
CASES = [(service, *case) for service, cases in REQUESTS.items() for case in cases]


def send(running: Running, case: tuple[str, str, str, dict[str, str], str], extra: dict[str, str]) -> httpx.Response:
    service, method, path, headers, body = case
    with httpx.Client(base_url=running.url) as client:
        return client.request(
            method, path, headers={"authorization": SCOPE.format(service), **headers, **extra}, content=body.encode()
        )


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda stranger: "+".join(stranger.values()))
@pytest.mark.parametrize("case", CASES, ids=[f"{case[0]} {case[1]} {case[2]}"[:50] for case in CASES])
def test_a_service_reached_directly_refuses_them(
    running_service: Callable[[str], Running], case: Any, stranger: dict[str, str], unique_name: str
) -> None:
    given = (*case[:2], case[2].replace("NAME", unique_name), case[3], case[4].replace("NAME", unique_name))
    answer = send(running_service(case[0]), given, stranger)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    assert "RUSTSTACK_ALLOWED_HOSTS" in answer.text or "may not send this request" in answer.text


@pytest.mark.parametrize("stranger", STRANGERS, ids=lambda stranger: "+".join(stranger.values()))
def test_the_fleet_refuses_them_in_the_protocol_of_the_request(fleet: Running, stranger: dict[str, str]) -> None:
    answers = {case[0]: send(fleet, (case[0], *case[1:]), stranger) for case in reversed(CASES[:-2])}
    assert {answer.status_code for answer in answers.values()} == {403}
    assert "#AccessDenied" in answers["sqs"].json()["__type"]
    assert "<Code>AccessDenied</Code>" in answers["sns"].text
    assert "#AccessDenied" in answers["dynamodb"].json()["__type"]


@pytest.mark.parametrize("service", ["sqs", "sns", "dynamodb"])
def test_pages_of_this_machine_are_answered(running_service: Callable[[str], Running], service: str) -> None:
    origin = {"origin": "http://localhost:3000", "sec-fetch-site": "same-site"}
    with httpx.Client(base_url=running_service(service).url) as client:
        asked = {**origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        for path in ("/", "/000000000000/queue"):
            preflight = client.options(path, headers=asked)
            assert preflight.status_code == 200
            assert preflight.headers["access-control-allow-origin"] == "*"
            assert preflight.headers["access-control-allow-headers"] == "authorization"
            assert preflight.headers["access-control-allow-methods"] == "POST"
        answer = client.get("/_ruststack/health", headers=origin)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    method, path, headers, body = REQUESTS[service][0]
    answer = send(running_service(service), (service, method, path, headers, body), origin)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    plain = send(running_service(service), (service, method, path, headers, body), {})
    assert "access-control-allow-origin" not in plain.headers
