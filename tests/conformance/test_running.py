"""The runner, put to a fleet with cases that are right and wrong: it tells each difference, and records answers."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conformance import recording
from tests.conformance.cases import read
from tests.conformance.running import Outcome, run
from tests.conformance.target import NotHereError, Target
from tests.processes import Running

_QUEUE = '{call: sqs.CreateQueue, as: queue, params: {QueueName: "${new.queue}"}}'


@pytest.fixture
def target(fleet: Running) -> Iterator[Target]:
    made = Target(fleet.url)
    yield made
    made.close()


def put(target: Target, folder: Path, steps: str, more: str = "") -> Outcome:
    """Run one case of SQS's with these steps, as a case file has them; QUEUE is the step that makes one."""
    path = folder / "sqs" / "case.yaml"
    path.parent.mkdir(exist_ok=True)
    lines = textwrap.indent(textwrap.dedent(steps).replace("QUEUE", _QUEUE), "      ")
    head = "cases:\n  - id: one\n    title: t\n    source: s\n    answered: unknown\n"
    path.write_text(f"{head}{more}    steps:\n{lines}")
    return run(read(path)[0], target)


def told(outcome: Outcome) -> list[str]:
    return [f"{step}: {difference}" for step, difference in outcome.differences]


def test_a_case_that_holds_has_no_differences_and_leaves_nothing(target: Target, tmp_path: Path) -> None:
    steps = """
        - QUEUE
        - {call: sqs.SendMessage, each: [a, b], params: {QueueUrl: "${queue.QueueUrl}", MessageBody: "${each}"}}
        - call: sqs.ReceiveMessage
          params: {QueueUrl: "${queue.QueueUrl}", MaxNumberOfMessages: 10}
          contains: {Messages: !including [{Body: a}]}
          absent: [Next]
        """
    outcome = put(target, tmp_path, steps)
    assert told(outcome) == []
    assert outcome.scope is not None
    account = outcome.scope.caller["account"]
    client = target.client("sqs", account=account, region="us-east-1", config={}, validate=True)
    assert "QueueUrls" not in client.list_queues()


def test_every_difference_is_told_with_its_step(target: Target, tmp_path: Path) -> None:
    steps = """
        - QUEUE
        - {call: sqs.GetQueueUrl, params: {QueueName: "${new.queue}"}, answer: {Url: x}, status: 201}
        - {call: sqs.GetQueueUrl, params: {QueueName: "${new.queue}"}, error: {Code: x}}
        - {call: sqs.GetQueueUrl, params: {QueueName: "${new.other}"}, error: !partial {Code: Other}}
        - {call: sqs.GetQueueUrl, params: {QueueName: "${new.other}"}}
        - {call: sqs.GetQueueUrl, params: {QueueName: "${new.queue}"}, absent: [QueueUrl]}
        - {http: GET /, headers: {content-type: text/xml}, status: 400}
        - {call: sqs.GetQueueUrl, params: {QueueName: "${queue.Nothing}"}}
        - {call: sqs.ListQueues, answer: never asked}
        """
    lines = told(put(target, tmp_path, steps))
    starts = [line.partition("http://")[0].partition("{'")[0].rstrip(" '") for line in lines]
    assert starts == [
        "step 2, sqs.GetQueueUrl: (-) /Url 'x",
        "step 2, sqs.GetQueueUrl: (+) /QueueUrl",
        "step 2, sqs.GetQueueUrl: (~) status 201 -> 200",
        "step 3, sqs.GetQueueUrl: (-) an error",
        "step 4, sqs.GetQueueUrl: (~) Error/Code 'Other' -> 'AWS.SimpleQueueService.NonExistentQueue",
        "step 5, sqs.GetQueueUrl: (+) an error",
        "step 6, sqs.GetQueueUrl: (+) /QueueUrl",
        "step 7, GET /: (-) headers/content-type 'text/xml",
        "step 8, sqs.GetQueueUrl: (-) ${queue.Nothing}: the answer has no .Nothing:",
    ]


def test_a_step_is_done_again_until_its_answer_is_right_or_the_time_is_over(target: Target, tmp_path: Path) -> None:
    steps = """
        - QUEUE
        - {call: sqs.SendMessage, params: {QueueUrl: "${queue.QueueUrl}", MessageBody: a, DelaySeconds: 1}}
        - call: sqs.ReceiveMessage
          params: {QueueUrl: "${queue.QueueUrl}"}
          contains: {Messages: [{Body: a}]}
          within: 20
        """
    assert told(put(target, tmp_path, steps)) == []
    begun = time.monotonic()
    assert told(put(target, tmp_path, steps.replace("within: 20", "within: 0.3"))) == [
        "step 3, sqs.ReceiveMessage: (-) /Messages [{'Body': 'a'}]"
    ]
    assert time.monotonic() - begun >= 0.3


def test_callers_have_accounts_and_regions_of_their_own(target: Target, tmp_path: Path) -> None:
    clients = "    clients: {other: {account: other, region: eu-central-1}}\n"
    steps = """
        - QUEUE
        - {call: sqs.ListQueues, by: other, answer: {}}
        - {call: sqs.CreateQueue, as: theirs, by: other, params: {QueueName: "${new.queue}"}}
        - call: sqs.GetQueueAttributes
          by: other
          params: {QueueUrl: "${theirs.QueueUrl}", AttributeNames: [QueueArn]}
          answer: {Attributes: {QueueArn: "arn:aws:sqs:eu-central-1:${account:other}:${new.queue}"}}
        """
    assert told(put(target, tmp_path, steps, clients)) == []


def test_the_query_protocol_is_spoken_by_boto3_too(target: Target, tmp_path: Path) -> None:
    steps = """
        - QUEUE
        - {call: sqs.SetQueueAttributes, params: {QueueUrl: "${queue.QueueUrl}", Attributes: {DelaySeconds: "7"}}}
        - call: sqs.GetQueueAttributes
          params: {QueueUrl: "${queue.QueueUrl}", AttributeNames: [DelaySeconds]}
          answer: {Attributes: {DelaySeconds: "7"}}
          headers: {content-type: text/xml}
        - {call: sqs.TagQueue, params: {QueueUrl: "${queue.QueueUrl}", Tags: {k: v}}}
        - {call: sqs.ListQueueTags, params: {QueueUrl: "${queue.QueueUrl}"}, answer: {Tags: {k: v}}}
        """
    assert told(put(target, tmp_path, steps, "    protocols: [query]\n")) == []


def test_what_is_recorded_is_what_a_case_would_expect(target: Target, tmp_path: Path) -> None:
    steps = """
        - QUEUE
        - {call: sqs.SendMessage, params: {QueueUrl: "${queue.QueueUrl}", MessageBody: a}}
        - {call: sqs.ReceiveMessage, as: got, params: {QueueUrl: "${queue.QueueUrl}"}}
        - {call: sqs.GetQueueUrl, as: none, params: {QueueName: "${new.none}"}, error: !partial {}}
        """
    (path,) = recording.write([put(target, tmp_path, steps)])
    assert path == tmp_path / "sqs" / "case.recorded.yaml"
    recorded = yaml.safe_load(path.read_text())
    one = recorded["cases"]["one"]
    assert recorded["answered"] == time.strftime("%Y-%m-%d", time.gmtime())
    assert one["queue"] == {"status": 200, "answer": {"QueueUrl": "${endpoint}/${account}/${new.queue}"}}
    assert one["step-2"]["answer"]["MessageId"] == one["got"]["answer"]["Messages"][0]["MessageId"] == "<uuid:1>"
    assert (one["none"]["status"], one["none"]["error"]["Code"]) == (400, "AWS.SimpleQueueService.NonExistentQueue")


def test_a_clock_that_cannot_be_moved_is_waited_for_or_the_case_is_not_for_it(fleet: Running) -> None:
    target = Target(fleet.url)
    target.is_ruststack = False
    begun = time.monotonic()
    target.advance(0.2)
    assert time.monotonic() - begun >= 0.2
    with pytest.raises(NotHereError, match="its clock cannot be moved"):
        target.advance(3600)
    target.close()
