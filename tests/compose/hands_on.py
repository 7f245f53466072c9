"""What a developer does to a fleet in containers, half by the command in one of them, half over HTTP."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from tests.waiting import wait_until

Command = Callable[..., str]
"""`command("faults", "list")`: what `ruststack faults list` prints in the container."""


def ask(url: str, method: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url + path, data, method=method), timeout=120) as answer:
        return json.loads(answer.read())


def client(url: str, service: str, account: str) -> Any:
    keys = {"aws_access_key_id": account, "aws_secret_access_key": "test", "region_name": "us-east-1"}
    config = Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=60, read_timeout=120)
    return boto3.client(service, endpoint_url=url, config=config, **keys)  # type: ignore[call-overload]


def look_into(url: str, command: Command, account: str) -> None:
    """Everything that is looked at, broken on purpose, kept and put back, in an account of its own."""
    sqs, sns = client(url, "sqs", account), client(url, "sns", account)
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    see_faults(url, command, account, sqs, queue)
    follow_a_message(url, command, account, sqs, sns)
    keep_and_put_back(url, command, account, sqs)
    refuse_mistakes(url)
    move_the_clock(url, command)
    trust_its_authority(url)


def see_faults(url: str, command: Command, account: str, sqs: Any, queue: str) -> None:
    throttling = ("--service", "sqs", "--operation", "SendMessage", "--account", account, "--times", "1")
    by_command = command("faults", "add", *throttling, "--throttle")
    rule = {"service": "sqs", "operation": "ReceiveMessage", "account": account, "error": "OverLimit", "times": 1}
    (by_http,) = ask(url, "POST", "/_ruststack/faults", rule)["faults"]
    sqs.send_message(QueueUrl=queue, MessageBody="tried twice")
    asked = f"/_ruststack/requests?account={account}&operation=SendMessage"
    tries = ask(url, "GET", asked)["requests"]
    assert [(one["status"] >= 400, one["fault"]) for one in tries] == [(True, by_command), (False, None)]
    shown = command("requests", "--account", account, "--operation", "SendMessage").splitlines()
    assert [" -> 200 " in line for line in shown] == [False, True]
    hits = {one["id"]: one["hits"] for one in ask(url, "GET", "/_ruststack/faults")["faults"]}
    assert (hits[by_command], hits[by_http["id"]]) == (1, 0)
    assert f"{by_http['id']}  service sqs" in command("faults", "list")
    for rule_id in (by_command, by_http["id"]):
        assert command("faults", "clear", rule_id) == "1 removed"


def follow_a_message(url: str, command: Command, account: str, sqs: Any, sns: Any) -> None:
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = f"arn:aws:sqs:us-east-1:{account}:orders"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    filtered = {"FilterPolicy": '{"colour": ["red"]}'}
    endpoint = f"arn:aws:sqs:us-east-1:{account}:others"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint, Attributes=filtered)
    green = {"colour": {"DataType": "String", "StringValue": "green"}}
    message = sns.publish(TopicArn=topic, Message="hello", MessageAttributes=green)["MessageId"]

    def way() -> list[str]:
        return [
            one.get("operation") or one["event"] for one in ask(url, "GET", f"/_ruststack/trace/{message}")["trace"]
        ]

    wait_until(lambda: {"Publish", "arrival", "filtered out"} <= set(way()))
    shown = command("trace", message)
    assert "Publish news -> 200" in shown
    assert '"colour":["red"] does not hold' in shown


def keep_and_put_back(url: str, command: Command, account: str, sqs: Any) -> None:
    assert command("snapshot", "save", f"of-{account}", "--account", account).startswith(f"saved: of-{account}  ")
    assert ask(url, "POST", f"/_ruststack/snapshots?name=all-{account}")["services"]["sqs"]["queues"] >= 1
    assert command("reset", "--account", account) == "emptied"
    assert not sqs.list_queues().get("QueueUrls")
    ask(url, "POST", f"/_ruststack/snapshots/of-{account}/load?account={account}")
    assert len(sqs.list_queues()["QueueUrls"]) == 1
    ask(url, "POST", f"/_ruststack/reset?account={account}")
    assert command("snapshot", "load", f"all-{account}", "--account", account).startswith("loaded: ")
    assert len(sqs.list_queues()["QueueUrls"]) == 1
    assert f"of-{account}  " in command("snapshot", "list")
    for name in ("of", "all"):
        assert command("snapshot", "delete", f"{name}-{account}") == f"deleted: {name}-{account}"


def refuse_mistakes(url: str) -> None:
    try:
        ask(url, "POST", "/_ruststack/reset?acount=111122223333")
    except urllib.error.HTTPError as refused:
        text = "there is no parameter 'acount'; did you mean account?"
        assert (refused.code, json.loads(refused.read())) == (400, {"message": text})
    else:
        raise AssertionError("it was taken")


def move_the_clock(url: str, command: Command) -> None:
    assert command("clock", "set", "2030-01-01").startswith("2030-01-01T00:00:")
    assert ask(url, "GET", "/_ruststack/clock")["now"] > 1_893_456_000 - 1
    assert ask(url, "POST", "/_ruststack/clock?offset=0")["offset"] == 0


def trust_its_authority(url: str) -> None:
    with urllib.request.urlopen(f"{url}/_ruststack/ca.pem", timeout=60) as answer:
        context = ssl.create_default_context(cadata=answer.read().decode())
    secured = url.replace("http://", "https://")
    with urllib.request.urlopen(f"{secured}/_ruststack/ready", context=context, timeout=60) as answer:
        assert answer.status == 200
