"""Replays: a subscription of a FIFO topic that asks for archived messages again.

https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-subscriber.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import orjson

from awskit.database import Transaction
from awskit.outbox import Outbox, OutboxEntry
from services.sns.delivery.outbox_payloads import REPLAY_PREFIX
from services.sns.subscriptions.subscription_attributes import replay_policy

_STATE = ("ReplayStatus", "ReplayId", "ReplayIsOpen")


def start_replay(transaction: Transaction, outbox: Outbox, arn: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """Begin the replay that `attributes` ask for, in place of an earlier one; the attributes with its state.

    Without an EndingPoint it goes on until it has caught up; until then what is published goes through it too.
    """
    policy = replay_policy(attributes["ReplayPolicy"])
    job = {
        "subscription": arn,
        "id": uuid.uuid4().hex,
        "after": "",
        "since": policy.starting_point,
        "until": policy.ending_point,
    }
    outbox.add(transaction, [replay_entry(job)])
    state = {"ReplayStatus": "In progress", "ReplayId": str(job["id"])}
    if policy.ending_point is None:
        state["ReplayIsOpen"] = "true"
    return {**without_replay(attributes), **state}


def without_replay(attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes without a replay's state: one under way stops."""
    return {name: value for name, value in attributes.items() if name not in _STATE}


def is_replaying(attributes: Mapping[str, str]) -> bool:
    """Whether the subscription gets what is published now from its replay, which has not caught up yet."""
    return attributes.get("ReplayStatus") == "In progress" and attributes.get("ReplayIsOpen") == "true"


def replay_entry(job: dict[str, Any]) -> OutboxEntry:
    """`job`: subscription, id, after (sequence number), since, until (seconds, or None)."""
    return OutboxEntry(REPLAY_PREFIX + job["subscription"], orjson.dumps(job))
