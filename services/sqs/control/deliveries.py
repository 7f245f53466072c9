"""Messages for several queues in one call: `POST /_aws/sqs/deliveries`, by which SNS hands over what it fans out.

In: `{"Entries": [{"QueueArn": "arn:...", "MessageBody": "...", ...}, ...]}`, each entry with the members of SendMessage
(and `Cause`, the id of what it comes of), sent as its queue's own account. Out: `{"Failed": [...]}`, a
`BatchResultErrorEntry` for each that is not in its queue, its `Id` being the entry's place in the list. All others are,
in their order, written in one transaction. What is no such list is answered with 400, and nothing of it is sent.

It is no client's way in: it has neither SendMessageBatch's limits nor its senders. Through the gateway it is not there.
"""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from awskit.access.condition_keys import identity_keys
from awskit.access.control_guard import ControlGuard
from awskit.access.decision import decide
from awskit.access.identities import Identity
from awskit.access.process_access import Access
from awskit.control.routes import json_response
from awskit.database import Transaction
from awskit.errors import AwsError, internal_failure
from awskit.process.storage_faults import fault_of
from awskit.resources.arns import parse_arn
from awskit.service.application import ControlRoute
from awskit.wire.http import HttpRequest, HttpResponse
from services.sqs.arns import parse_queue_arn
from services.sqs.errors import queue_does_not_exist
from services.sqs.messages.batches import failed_entry
from services.sqs.messages.sending import Outgoing, prepare, send_to_each
from services.sqs.queues.access_policies import permission, policy_of_queue
from services.sqs.queues.queue import Queue
from services.sqs.runtime import SqsRuntime

PATH = "/_aws/sqs/deliveries"
_SENDER = "sns.amazonaws.com"
_OF_THE_GATEWAY = "x-ruststack-request-id"

_MEMBERS: Mapping[str, type[Any]] = {
    "QueueArn": str,
    "SourceArn": str,
    "MessageBody": str,
    "DelaySeconds": int,
    "MessageAttributes": dict,
    "MessageSystemAttributes": dict,
    "MessageGroupId": str,
    "MessageDeduplicationId": str,
    "Cause": str,
}

_Entries = list[dict[str, Any]]
_Failed = list[dict[str, Any]]

_log = logging.getLogger("ruststack.sqs")


def routes(runtime: SqsRuntime, access: Access, guard: ControlGuard) -> Mapping[str, ControlRoute]:
    """The control route, by path. Where `access` asks for permissions, queues' policies are asked about topics."""

    async def answer(request: HttpRequest) -> HttpResponse:
        if _OF_THE_GATEWAY in request.headers or not guard.is_fleet(request):
            return json_response({"message": f"no such path: {PATH}"}, 404)
        try:
            by_queue = _by_queue(orjson.loads(request.body)["Entries"])
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            return json_response({"message": f"no deliveries: {error!r}"}, 400)
        return json_response({"Failed": await _deliver(runtime, access, by_queue)})

    return {PATH: answer}


def _by_queue(entries: Sequence[dict[str, Any]]) -> dict[str, _Entries]:
    by_queue: dict[str, _Entries] = {}
    for place, entry in enumerate(entries):
        if "MessageBody" not in entry:
            raise LookupError("MessageBody")
        for name, value in entry.items():
            if type(value) is not _MEMBERS[name]:
                raise TypeError(name)
            if value and (name == "MessageAttributes" or name == "MessageSystemAttributes"):
                _decode_attributes(value)
        entry["Id"] = str(place)
        by_queue.setdefault(entry["QueueArn"], []).append(entry)
    return by_queue


def _decode_attributes(attributes: Mapping[str, dict[str, Any]]) -> None:
    for attribute in attributes.values():
        if not all(isinstance(value, str) for value in attribute.values()):
            raise TypeError("attributes")
        if "BinaryValue" in attribute:
            attribute["BinaryValue"] = b64decode(attribute["BinaryValue"], validate=True)


async def _deliver(runtime: SqsRuntime, access: Access, by_queue: Mapping[str, _Entries]) -> _Failed:
    def work(transaction: Transaction) -> _Failed:
        return _send(transaction, runtime, access, by_queue)

    try:
        return await runtime.database.write(work)
    except Exception as error:
        if fault_of(error) is not None:
            raise  # the disk's: nothing of these
        _log.exception("messages for %d queues could not be written", len(by_queue))
        if len(by_queue) == 1:
            return [failed_entry(entry, internal_failure()) for entries in by_queue.values() for entry in entries]
    # What is wrong with one queue is no matter of the others'.
    return [failed for arn, entries in by_queue.items() for failed in await _deliver(runtime, access, {arn: entries})]


def _send(transaction: Transaction, runtime: SqsRuntime, access: Access, by_queue: Mapping[str, _Entries]) -> _Failed:
    local, now = runtime.local, runtime.clock.now()
    asks = access.mode in ("soft", "enforce")
    batches: list[tuple[Queue, list[Outgoing]]] = []
    failed: _Failed = []
    for arn, entries in sorted(by_queue.items()):  # all processes lock queues in the same order
        address = parse_queue_arn(arn)
        queue = local.catalog.find_for_messages(transaction, address) if address is not None else None
        if queue is None:
            failed += [failed_entry(entry, queue_does_not_exist()) for entry in entries]
            continue
        batch: list[Outgoing] = []
        for entry in entries:
            try:
                if asks:
                    _check_policy(queue, entry.get("SourceArn", ""), access, runtime.clock.source_now)
                batch.append(prepare(queue, entry, queue.address.account_id, now))
                cause, message_id = entry.get("Cause", ""), batch[-1].row["message_id"]
                local.trail.note(now, "arrival", cause, message_id, queue.address.name)
            except AwsError as error:
                failed.append(failed_entry(entry, error))
        if batch:
            batches.append((queue, batch))
    send_to_each(transaction, local, batches, now)
    return failed


def _check_policy(queue: Queue, topic_arn: str, access: Access, now: float) -> None:
    """Raise where the queue's policy does not let SNS in for the topic; with `soft` that is only logged."""
    topic = parse_arn(topic_arn)
    account = "" if topic is None else topic.account_id
    sns = Identity(
        "sns", "", "", account, "", "", "service", service=_SENDER, source_arn=topic_arn, source_account=account
    )
    keys = {
        **identity_keys(sns),
        "aws:currenttime": (datetime.fromtimestamp(int(now), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:epochtime": (str(int(now)),),
        "aws:securetransport": ("true",),
        "aws:sourceowner": (account,),
    }
    verdict = decide(sns, permission("SendMessage", queue.address), keys, policy_of_queue(queue))
    if verdict.allowed:
        return
    reason = f"{_SENDER}, for {topic_arn}, may not sqs:SendMessage on {queue.address.arn}: {verdict.reason}"
    if access.mode == "soft":
        _log.warning("a delivery would be refused: %s", reason)
        return
    _log.warning("a delivery is refused: %s", reason)
    raise AwsError("AccessDenied", f"Access to the resource {queue.address.arn} is denied.", 403)
