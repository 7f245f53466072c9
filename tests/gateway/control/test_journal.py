"""The journal of requests: what of each is told, what it can be asked for, that it goes on, and that it is small."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from ruststack.control_signatures import control_headers
from tests.access import OWNER, Callers, access_environment
from tests.gateway.servers import running_gateway
from tests.processes import Running, running_fleet, running_service
from tests.waiting import wait_until


def journal(running: Running, **filters: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = running.get(f"/_ruststack/requests?{urlencode(filters)}")["requests"]
    return found


def test_a_request_is_told_with_who_asked_what_and_how_it_ended(fleet: Running, account_id: str) -> None:
    s3 = fleet.client("s3", account_id=account_id, region_name="eu-west-1")
    bucket = f"told-{account_id}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    answer = s3.put_object(Bucket=bucket, Key="a/ü 1", Body=b"x" * 1234)
    s3.list_objects_v2(Bucket=bucket, Prefix="a/")
    create, put, listing = journal(fleet, account=account_id)
    assert create["operation"] == "CreateBucket"
    assert put["id"] == answer["ResponseMetadata"]["RequestId"]
    assert put["time"] <= listing["time"]
    assert put["user_agent"].startswith("Boto3/")
    told = {name: put[name] for name in ("service", "operation", "access_key", "account", "region", "resource")}
    assert told == {
        "service": "s3",
        "operation": "PutObject",
        "access_key": account_id,
        "account": account_id,
        "region": "eu-west-1",
        "resource": f"{bucket}/a/ü 1",
    }
    assert (put["status"], put["error"], put["policy"]) == (200, None, None)
    assert put["received"] >= 1234
    assert 0 < put["duration_ms"] < 10_000
    assert "prefix=a/" in listing["parameters"]
    assert listing["sent"] > 100


def test_an_error_is_told_with_its_code_and_text(fleet: Running, account_id: str) -> None:
    sqs = fleet.client("sqs", account_id=account_id)
    with pytest.raises(ClientError):
        sqs.get_queue_url(QueueName="nowhere")
    with pytest.raises(ClientError):
        fleet.client("dynamodb", account_id=account_id).query(
            TableName="Orders", KeyConditionExpression="a = :a", ExpressionAttributeValues={":a": {"S": "1"}}
        )
    with pytest.raises(ClientError):
        fleet.client("s3", account_id=account_id).get_object(Bucket=f"no-{account_id}", Key="k")
    queue, query, read = journal(fleet, account=account_id, status="error")
    assert (queue["operation"], queue["resource"], queue["status"]) == ("GetQueueUrl", "nowhere", 400)
    assert "does not exist" in queue["error"]["message"]
    assert (query["resource"], query["error"]["code"]) == ("Orders", "ResourceNotFoundException")
    assert '"KeyConditionExpression": "a = :a"' in query["parameters"]
    assert (read["status"], read["error"]["code"]) == (404, "NoSuchBucket")


def test_every_service_says_what_a_request_is_about(fleet: Running, account_id: str) -> None:
    sqs, sns = fleet.client("sqs", account_id=account_id), fleet.client("sns", account_id=account_id)
    dynamodb = fleet.client("dynamodb", account_id=account_id)
    queue = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.publish(TopicArn=topic, Message="hello")
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    for name in ("Aaa", "Bbb"):
        dynamodb.create_table(
            TableName=name,
            KeySchema=key,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    item = {"id": {"S": "1"}}
    dynamodb.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": item}}] for name in ("Aaa", "Bbb")})
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "Aaa", "Item": item}}])
    told = [(entry["operation"], entry["resource"]) for entry in journal(fleet, account=account_id)]
    assert told == [
        ("CreateQueue", "orders"),
        ("SendMessage", "orders"),
        ("CreateTopic", "news"),
        ("Publish", "news"),
        ("CreateTable", "Aaa"),
        ("CreateTable", "Bbb"),
        ("BatchWriteItem", "Aaa,Bbb"),
        ("TransactWriteItems", "Aaa"),
    ]
    (published,) = journal(fleet, account=account_id, operation="publish")
    assert published["parameters"] == f"TopicArn={topic} Message=hello"


def test_filters_go_together_and_the_last_ones_are_told(fleet: Running, account_id: str) -> None:
    sqs = fleet.client("sqs", account_id=account_id)
    for name in ("one", "two", "three"):
        sqs.create_queue(QueueName=name)
    sqs.list_queues()
    assert [e["resource"] for e in journal(fleet, account=account_id, operation="Create*", limit="2")] == [
        "two",
        "three",
    ]
    assert len(journal(fleet, account=account_id, resource="t*", status="2xx", service="sqs")) == 2
    assert journal(fleet, account=account_id, service="s3") == []
    assert journal(fleet, account=account_id, region="eu-*") == []
    assert len(journal(fleet, account=account_id, user_agent="boto3", parameters="three")) == 1
    with pytest.raises(HTTPError) as refused:
        fleet.get("/_ruststack/requests?colour=red")
    assert refused.value.code == 400
    assert "there is no parameter 'colour'" in json.loads(refused.value.read())["message"]


def test_a_form_and_a_page_of_a_browser_are_told(fleet: Running, account_id: str) -> None:
    s3 = fleet.client("s3", account_id=account_id)
    bucket = f"form-{account_id}"
    s3.create_bucket(Bucket=bucket)
    form = s3.generate_presigned_post(bucket, "photo.jpg")
    boundary = "b" * 20
    fields = {**form["fields"], "file": "content"}
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items()]
    connection = http.client.HTTPConnection("127.0.0.1", fleet.port)
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Host": "localhost"}
    connection.request("POST", f"/{bucket}", "".join(parts) + f"--{boundary}--\r\n", headers)
    assert connection.getresponse().status == 204
    connection.close()
    (upload,) = journal(fleet, account=account_id, operation="PostObject")
    assert upload["resource"] == f"{bucket}/photo.jpg"


@contextmanager
def events(running: Running, **filters: str) -> Iterator[Iterator[dict[str, Any]]]:
    url = f"{running.url}/_ruststack/requests?{urlencode({**filters, 'follow': '1'})}"
    with urlopen(url, timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        yield (json.loads(line[6:]) for line in answer if line.startswith(b"data: "))


def test_it_goes_on_with_what_comes(fleet: Running, account_id: str) -> None:
    sqs = fleet.client("sqs", account_id=account_id)
    sqs.create_queue(QueueName="before")
    with events(fleet, account=account_id) as following:
        assert next(following)["resource"] == "before"
        sqs.create_queue(QueueName="after")
        assert next(following)["resource"] == "after"
        fleet.client("sns", account_id=account_id).create_topic(Name="news")
        assert next(following)["operation"] == "CreateTopic"


def test_a_follower_does_not_hold_up_the_end(own_fleet: Running) -> None:
    own_fleet.client("sqs").list_queues()
    with events(own_fleet) as following:
        assert next(following)["operation"] == "ListQueues"
        assert own_fleet.stop(timeout=4) == 0
        assert list(following) == []


def test_every_process_of_a_service_is_asked_also_one_that_comes_later(tmp_path: Path, postgresql_url: str) -> None:
    environment = {"RUSTSTACK_SQS_DATABASE_URL": postgresql_url, "RUSTSTACK_FLEET": "one"}
    with (
        running_service("sqs", tmp_path / "a", environment=environment) as first,
        running_service("sqs", tmp_path / "b", environment=environment, start=False) as second,
        running_gateway(services=("sqs",), sqs_url=f"{first.url},{second.url}") as port,
    ):
        gateway = Running([], f"http://127.0.0.1:{port}", tmp_path, tmp_path / "log", {})
        first.client("sqs").create_queue(QueueName="of-the-first")
        with events(gateway) as following:
            assert next(following)["resource"] == "of-the-first"
            second.start()
            second.client("sqs").get_queue_url(QueueName="of-the-first")
            assert next(following)["operation"] == "GetQueueUrl"
        assert [entry["operation"] for entry in journal(gateway)] == ["CreateQueue", "GetQueueUrl"]


def test_the_statement_that_decided_is_told(tmp_path: Path) -> None:
    with running_service("sqs", tmp_path, environment=access_environment(tmp_path)) as running:
        callers = Callers(running.url, "sqs")
        queue = callers.named("owner").create_queue(QueueName="orders")["QueueUrl"]
        callers.named("admin").send_message(QueueUrl=queue, MessageBody="hello")
        with pytest.raises(ClientError):
            callers.named("denied").send_message(QueueUrl=queue, MessageBody="hello")
        target = "/_ruststack/requests?operation=SendMessage"
        environ = {"AWS_ACCESS_KEY_ID": "AKIAOWNER", "AWS_SECRET_ACCESS_KEY": "owner/secret+"}
        headers = control_headers("GET", target, running.url.removeprefix("http://"), environ)
        with urlopen(Request(running.url + target, headers=headers), timeout=5) as answer:
            allowed, denied = json.loads(answer.read())["requests"]
    assert allowed["policy"].startswith("allowed by ")
    assert (denied["access_key"], denied["account"], denied["status"]) == ("AKIADENIED", OWNER, 403)
    assert "No" in denied["policy"]


def test_it_remembers_as_many_as_it_is_told_to(tmp_path: Path) -> None:
    with running_service("sqs", tmp_path, environment={"RUSTSTACK_JOURNAL": "3"}) as running:
        for number in range(5):
            running.client("sqs").create_queue(QueueName=f"q{number}")
        assert [entry["resource"] for entry in journal(running)] == ["q2", "q3", "q4"]


def test_a_fleet_without_one_says_so_and_one_with_debug_writes_lines(tmp_path: Path) -> None:
    with running_fleet(tmp_path, environment={"RUSTSTACK_JOURNAL": "0", "SERVICES": "sqs", "DEBUG": "1"}) as running:
        sqs = running.client("sqs", account_id="111122223333")
        sqs.create_queue(QueueName="orders")
        with pytest.raises(ClientError) as refused:
            sqs.get_queue_url(QueueName="nowhere")
        request_id = refused.value.response["ResponseMetadata"]["RequestId"]
        wait_until(lambda: request_id in running.log.read_text())
        lines = [line for line in running.log.read_text().splitlines() if "111122223333" in line]
    assert len(lines) == 2, lines
    assert " DEBUG ruststack.sqs: CreateQueue orders -> 200 in " in lines[0]
    assert "GetQueueUrl nowhere -> 400 " in lines[1]
    assert "does not exist" in lines[1]
    assert lines[1].endswith(f"(111122223333 us-east-1, {request_id})")
