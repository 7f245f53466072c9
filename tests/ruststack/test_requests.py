"""`ruststack requests`: the last ones in a line each, filtered; on and on with `-f`."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

from tests.processes import ROOT, Running, clean_environment
from tests.ruststack.command import refusal, ruststack


def test_requests_are_shown_a_line_each(fleet: Running, account_id: str) -> None:
    sqs = fleet.client("sqs", account_id=account_id)
    sqs.create_queue(QueueName="orders")
    sqs.list_queues()
    asked = ("requests", "--account", account_id, "--endpoint-url", fleet.url)
    first, second = ruststack(*asked).stdout.splitlines()
    form = r"\d\d:\d\d:\d\d\.\d{3} sqs      CreateQueue orders -> 200 in \d+\.\d ms \(%s us-east-1, [-0-9a-f]{36}\)"
    assert re.fullmatch(form % account_id, first)
    assert "ListQueues -> 200" in second
    (line,) = ruststack(*asked, "--operation", "list*", "--json").stdout.splitlines()
    assert json.loads(line)["operation"] == "ListQueues"
    assert ruststack(*asked, "--status", "error").stdout == ""


def test_a_filter_that_cannot_be_used_is_refused(fleet: Running) -> None:
    line = refusal("requests", "--status", "bad", "--endpoint-url", fleet.url)
    assert line.endswith("status is a number, a class such as 4xx, or error, not 'bad'")
    for follow in ((), ("--follow",)):
        line = refusal("requests", "--service", "dynamo", *follow, "--endpoint-url", fleet.url)
        assert "no such service: dynamo; did you mean dynamodb?" in line
    assert "an account has 12 digits" in refusal("requests", "--account", "12", "--endpoint-url", fleet.url)
    assert "nothing is remembered of xyz" in refusal("trace", "xyz", "--endpoint-url", fleet.url)


def test_follow_goes_on_until_ctrl_c(fleet: Running, account_id: str) -> None:
    command = [
        sys.executable,
        "-m",
        "ruststack",
        "requests",
        "-f",
        "--account",
        account_id,
        "--endpoint-url",
        fleet.url,
    ]
    sqs = fleet.client("sqs", account_id=account_id)
    sqs.create_queue(QueueName="before")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=clean_environment()) as process:
        assert process.stdout is not None
        assert "CreateQueue before" in process.stdout.readline()
        sqs.create_queue(QueueName="after")
        assert "CreateQueue after" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
