"""SQS with `RUSTSTACK_AUTH`: who is let in, and in which words the others are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from awskit.wire.model import load_model
from services.sqs.access.rules import RULES
from tests.access import OTHER, OWNER, Callers, access_environment, error_of, refusal
from tests.processes import Running, running_service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("sqs-access")
    with running_service("sqs", folder, environment=access_environment(folder, DEBUG="1")) as running:
        yield running


@pytest.fixture(scope="module")
def sqs(service: Running) -> Callers:
    return Callers(service.url, "sqs")


@pytest.fixture
def queue(sqs: Callers, unique_name: str) -> str:
    url: str = sqs.named("owner").create_queue(QueueName=unique_name)["QueueUrl"]
    return url


def set_policy(sqs: Callers, queue: str, **statement: Any) -> None:
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*", **statement}}
    sqs.named("owner").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(document)})


def test_every_operation_has_a_rule() -> None:
    assert {name for _, name in RULES} == set(load_model("sqs").operations)


def test_signatures_are_verified(sqs: Callers, queue: str) -> None:
    given = {"QueueUrl": queue, "MessageBody": "x"}
    sqs.named("owner").send_message(**given)
    assert refusal(sqs.client("AKIAOWNER", "wrong").send_message, **given) == (403, "SignatureDoesNotMatch")
    unknown = (403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    assert error_of(sqs.client("AKIANOBODY", "x").send_message, **given) == unknown
    assert error_of(sqs.client("AKIAOWNER", "owner/secret+", "token").send_message, **given) == unknown
    assert refusal(sqs.anonymous.send_message, **given) == (403, "AccessDenied")


def test_a_body_that_was_altered_is_refused(service: Running, sqs: Callers, queue: str) -> None:
    sent: list[Any] = []
    client = sqs.named("owner")
    client.meta.events.register("before-send.sqs", lambda request, **_: sent.append(request))
    client.send_message(QueueUrl=queue, MessageBody="x")
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in sent[0].headers.items()}
    for body, status in ((sent[0].body, 200), (sent[0].body.replace(b'"x"', b'"y"'), 403)):
        assert httpx.post(service.url, content=body, headers=headers).status_code == status


def test_the_query_protocol_is_refused_in_its_own_form(service: Running, queue: str) -> None:
    answer = httpx.get(queue, params={"Action": "ReceiveMessage", "Version": "2012-11-05"})
    assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True)


def test_users_may_what_policies_allow(sqs: Callers, queue: str) -> None:
    given = {"QueueUrl": queue, "MessageBody": "x"}
    sqs.named("admin").send_message(**given)
    name = queue.rpartition("/")[2]
    who, arn = f"User: arn:aws:iam::{OWNER}:user/", f"arn:aws:sqs:us-east-1:{OWNER}:{name}"
    what = f"is not authorized to perform: sqs:sendmessage on resource: {arn}"
    because = "because no identity-based policy allows the sqs:sendmessage action"
    assert error_of(sqs.named("user").send_message, **given) == (403, "AccessDenied", f"{who}user {what} {because}")
    deny = "with an explicit deny in an identity-based policy"
    assert error_of(sqs.named("denied").send_message, **given) == (403, "AccessDenied", f"{who}denied {what} {deny}")
    set_policy(sqs, queue, Principal={"AWS": f"arn:aws:iam::{OWNER}:user/user"}, Action="sqs:SendMessage")
    sqs.named("user").send_message(**given)
    assert refusal(sqs.named("user").receive_message, QueueUrl=queue) == (403, "AccessDenied")


def test_other_accounts_need_the_queues_policy(sqs: Callers, queue: str) -> None:
    other = sqs.named("other")
    entries = [{"Id": "1", "MessageBody": "x"}]
    assert refusal(other.send_message_batch, QueueUrl=queue, Entries=entries) == (403, "AccessDenied")
    set_policy(sqs, queue, Principal={"AWS": OTHER}, Action="sqs:*")
    assert other.send_message_batch(QueueUrl=queue, Entries=entries)["Successful"]
    # no policy gives these to another account
    assert refusal(other.delete_queue, QueueUrl=queue) == (403, "AccessDenied")
    assert refusal(other.tag_queue, QueueUrl=queue, Tags={"a": "b"}) == (403, "AccessDenied")
    set_policy(sqs, queue, Principal="*", Action="sqs:ReceiveMessage")
    assert sqs.anonymous.receive_message(QueueUrl=queue)["Messages"]
    address = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    set_policy(sqs, queue, Principal="*", Action="sqs:ReceiveMessage", Condition=address)
    assert refusal(sqs.anonymous.receive_message, QueueUrl=queue) == (403, "AccessDenied")


def test_a_queue_of_another_account_by_its_arn(sqs: Callers, queue: str) -> None:
    """Its messages are its policy's affair; a task that moves them is its own account's alone."""
    owner, other = sqs.named("owner"), sqs.named("other")
    name = queue.rpartition("/")[2]
    arn = f"arn:aws:sqs:us-east-1:{OWNER}:{name}"
    work = owner.create_queue(QueueName=f"{name}-work")["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "1"})
    owner.set_queue_attributes(QueueUrl=work, Attributes={"RedrivePolicy": redrive})
    statement = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sqs:*", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    named = {"QueueName": name, "QueueOwnerAWSAccountId": OWNER}
    assert refusal(other.get_queue_url, **named) == (403, "AccessDenied")
    owner.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    assert other.get_queue_url(**named)["QueueUrl"] == queue
    other.send_message(QueueUrl=queue, MessageBody="x")
    for operation in (other.start_message_move_task, other.list_message_move_tasks):
        assert refusal(operation, SourceArn=arn) == (403, "AccessDenied")
    dead_letters = {"QueueName": f"{name}-other", "Attributes": {"RedrivePolicy": redrive}}
    assert refusal(other.create_queue, **dead_letters) == (400, "InvalidParameterValue")
    handle = owner.start_message_move_task(SourceArn=arn, DestinationArn=f"{arn}-work")["TaskHandle"]
    assert refusal(other.cancel_message_move_task, TaskHandle=handle) == (403, "AccessDenied")
    (message,) = owner.receive_message(QueueUrl=work, WaitTimeSeconds=20)["Messages"]
    assert message["Body"] == "x"


def test_a_denial_says_why(service: Running, sqs: Callers, queue: str) -> None:
    answers: list[Any] = []
    client = sqs.named("denied")
    client.meta.events.register("after-call.sqs", lambda http_response, **_: answers.append(http_response))
    assert refusal(client.purge_queue, QueueUrl=queue) == (403, "AccessDenied")
    reason = answers[0].headers["x-ruststack-reason"]
    assert reason.endswith("denied by statement 'No' of policy of user denied")
    assert reason in service.log.read_text()


def test_soft_refuses_nothing_and_logs_what_it_would(tmp_path: Any) -> None:
    with running_service("sqs", tmp_path, environment=access_environment(tmp_path, "soft")) as running:
        sqs = Callers(running.url, "sqs")
        queue = sqs.named("denied").create_queue(QueueName="queue")["QueueUrl"]
        assert f"/{OWNER}/" in queue
        for client in (sqs.named("user"), sqs.named("other"), sqs.anonymous, sqs.client("AKIAOWNER", "wrong")):
            client.send_message(QueueUrl=queue, MessageBody="x")
        log = running.log.read_text()
        assert log.count(" would be refused: ") == 5
        assert "the signature is not that of AKIAOWNER" in log


def test_signatures_alone(tmp_path: Any) -> None:
    with running_service("sqs", tmp_path, environment=access_environment(tmp_path, "signatures")) as running:
        sqs = Callers(running.url, "sqs")
        queue = sqs.named("denied").create_queue(QueueName="queue")["QueueUrl"]
        given = {"QueueUrl": queue, "MessageBody": "x"}
        sqs.named("user").send_message(**given)
        assert refusal(sqs.client("AKIAOWNER", "wrong").send_message, **given) == (403, "SignatureDoesNotMatch")
        assert refusal(sqs.anonymous.send_message, **given) == (403, "AccessDenied")
        assert refusal(sqs.named("other").send_message, **given) == (403, "AccessDenied")
