"""`ruststack faults add|list|clear`."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.processes import Running
from tests.ruststack.command import refusal, ruststack


def test_a_rule_is_added_listed_and_cleared(fleet: Running, account_id: str) -> None:
    endpoint = ("--endpoint-url", fleet.url)
    added = ruststack(
        "faults",
        "add",
        "--service",
        "sqs",
        "--account",
        account_id,
        "--error",
        "OverLimit",
        "--latency",
        "0-0.1",
        *endpoint,
    )
    assert added.returncode == 0, added
    rule_id = added.stdout.strip()
    with pytest.raises(ClientError):
        fleet.client("sqs", account_id=account_id).list_queues()
    listed = ruststack("faults", "list", *endpoint).stdout.splitlines()
    expected = f"{rule_id}  service sqs, account {account_id}: error OverLimit, latency [0.0, 0.1]  (1 hit)"
    assert expected in listed
    assert ruststack("faults", "clear", rule_id, *endpoint).stdout == "1 removed\n"
    fleet.client("sqs", account_id=account_id).list_queues()


def test_mistakes_are_answered_in_a_line(fleet: Running) -> None:
    endpoint = ("--endpoint-url", fleet.url)
    line = refusal("faults", "add", "--latency", "soon", *endpoint)
    assert line == "ruststack: latency is seconds, such as 0.5 or 0.1-2, not 'soon'"
    assert refusal("faults", "add", "--error", "Odd", *endpoint).endswith("give code, message and status")
    near = refusal("faults", "add", "--service", "sqs", "--operation", "SendMesage", "--throttle", *endpoint)
    assert near.endswith("sqs has no operation 'SendMesage'; did you mean SendMessage?")
    assert "did you mean dynamodb?" in refusal("faults", "add", "--service", "dynamo", "--throttle", *endpoint)
    assert refusal("faults", "clear", "nothing", *endpoint).endswith("no such rule: nothing")
