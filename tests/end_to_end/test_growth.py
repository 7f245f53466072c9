"""What clients send does not stay: processes are as large after many long names as after as many short ones."""

from __future__ import annotations

from collections.abc import Callable

import psutil

from tests.gateway.servers import connect
from tests.processes import Running

MEGABYTE = 1024 * 1024
Head = Callable[[int, str], str]


def sizes(fleet: Running) -> dict[int, int]:
    children = psutil.Process(fleet.pid).children(recursive=True)
    return {child.pid: child.memory_info().rss for child in children}


def ask(fleet: Running, head: Head, count: int, length: int) -> None:
    with connect(fleet.port) as peer:
        for number in range(count):
            name = f"{number:05}" + "x" * (length - 5)
            peer.send(f"{head(number, name)}\r\nContent-Length: 0\r\n\r\n".encode())
            assert peer.read_answer()[0] < 500


SCOPE = "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
HEADS: dict[str, Head] = {
    "hosts": lambda number, name: f"GET /bucket HTTP/1.1\r\nHost: {name}.localhost",
    "access keys": lambda number, name: (
        "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n"
        f"Authorization: {SCOPE.format(key=name, region='us-east-1', service='sqs')}"
    ),
    "regions": lambda number, name: (
        "GET /?Action=ListTopics HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {SCOPE.format(key='test', region=name, service='sns')}"
    ),
    "services": lambda number, name: (
        f"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: {SCOPE.format(key='a', region='b', service=name)}"
    ),
    "targets": lambda number, name: f"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: {name}.{name[:100]}",
    "origins": lambda number, name: f"GET /bucket HTTP/1.1\r\nHost: localhost\r\nOrigin: http://{name}",
    "forwarded": lambda number, name: f"GET /bucket HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: {name}",
    "queue URLs": lambda number, name: (
        f"GET /?Action=GetQueueAttributes&QueueUrl=http://localhost/000000000000/{name} HTTP/1.1\r\nHost: localhost"
    ),
    "topic ARNs": lambda number, name: (
        f"GET /?Action=GetTopicAttributes&TopicArn=arn:aws:sns:us-east-1:0:{name} HTTP/1.1\r\nHost: localhost"
    ),
    "regions of queues": lambda number, name: (
        "GET /?Action=GetQueueAttributes&QueueUrl=http://localhost/000000000000/q HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {SCOPE.format(key='test', region=name, service='sqs')}"
    ),
    "paths": lambda number, name: f"GET /000000000000/{name[:80]}{number} HTTP/1.1\r\nHost: localhost",
}


def test_long_names_are_not_kept(own_fleet: Running) -> None:
    for head in HEADS.values():
        ask(own_fleet, head, 60, 30_000)
    before = sizes(own_fleet)
    for head in HEADS.values():
        ask(own_fleet, head, 1200, 30_000)  # 36 MB each, and as much again as text
    after = sizes(own_fleet)
    grown = {pid: (after[pid] - before[pid]) / MEGABYTE for pid in before}
    assert max(grown.values()) < 15, grown
