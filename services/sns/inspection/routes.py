"""What can be looked into under `/_aws/sns/`: what was sent, what is on its way, what failed, and who may confirm.

* `GET sms-messages`, `platform-endpoint-messages`, `email-messages`, `lambda-messages`, `firehose-messages`, with
  `accountId`, `region` and the recipient (`phoneNumber`, `endpointArn`, `email`, `endpoint`); `DELETE` with the same
  forgets what `GET` would show. A recipient that is an ARN names account and region itself
* `GET subscription-tokens/<subscription ARN>`: the token that confirms it
* `GET deliveries`, with `accountId`, `topicArn`, `subscriptionArn`: pending and failed ones, their tries and answers
* `POST phone-opt-outs` with `phoneNumber` and `accountId`, in the query or a JSON object: as if its owner had answered
  STOP; also as `opted-out-numbers`
* `GET SimpleNotificationService-<id>.pem`: the certificate that signatures are checked with

The forms of the first two and of the tokens are LocalStack's: https://docs.localstack.cloud/aws/services/sns/
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import orjson

from awskit.control import json_response
from awskit.database import Transaction
from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID, DEFAULT_REGION
from awskit.wire.http import HttpRequest, HttpResponse
from services.sns.arns import parse_arn
from services.sns.delivery.outbox_payloads import FAN_OUT_PREFIX, REPLAY_PREFIX, Waybill, unpack
from services.sns.delivery.queue_multicast import BUNDLE_PREFIX, read_bundle
from services.sns.messages.message import timestamp_of
from services.sns.runtime import SnsRuntime
from services.sns.store import deliveries, sms, subscriptions
from services.sns.subscriptions.endpoints import is_phone_number

Route = Callable[[HttpRequest], Awaitable[HttpResponse]]

_PREFIX = "/_aws/sns/"


@dataclass(frozen=True, slots=True)
class Sink:
    """`kinds` are the protocols whose messages it shows, under `title`, by the recipient that `parameter` picks."""

    title: str
    parameter: str
    kinds: tuple[str, ...]


SINKS: Mapping[str, Sink] = MappingProxyType(
    {
        "sms-messages": Sink("sms_messages", "phoneNumber", ("sms",)),
        "platform-endpoint-messages": Sink("platform_endpoint_messages", "endpointArn", ("application",)),
        "email-messages": Sink("email_messages", "email", ("email", "email-json")),
        "lambda-messages": Sink("lambda_messages", "endpoint", ("lambda",)),
        "firehose-messages": Sink("firehose_messages", "endpoint", ("firehose",)),
    }
)


def routes(runtime: SnsRuntime) -> dict[str, Route]:
    """The control routes, for the service's application."""
    inspection = _Inspection(runtime)
    return {
        **{f"{_PREFIX}{path}": inspection.sink_route(sink) for path, sink in SINKS.items()},
        f"{_PREFIX}subscription-tokens/": inspection.subscription_token,
        f"{_PREFIX}deliveries": inspection.deliveries,
        f"{_PREFIX}opted-out-numbers": inspection.opt_out,
        f"{_PREFIX}phone-opt-outs": inspection.opt_out,
        runtime.signer.key.certificate_path: inspection.certificate,
    }


class _Inspection:
    def __init__(self, runtime: SnsRuntime) -> None:
        self._runtime = runtime
        self._database = runtime.database

    def sink_route(self, sink: Sink) -> Route:
        async def route(request: HttpRequest) -> HttpResponse:
            query = dict(request.query)
            wanted = query.get(sink.parameter) or None
            arn = parse_arn(wanted) if wanted is not None else None
            account_id = arn.account_id if arn is not None else query.get("accountId", DEFAULT_ACCOUNT_ID)
            region = arn.region if arn is not None else query.get("region", DEFAULT_REGION)
            if request.method == "DELETE":
                await self._clear(sink, account_id, region, wanted)
                return HttpResponse(204, [])
            return await self._sent(sink, account_id, region, wanted)

        return route

    async def _clear(self, sink: Sink, account_id: str, region: str, wanted: str | None) -> None:
        def work(transaction: Transaction) -> None:
            for kind in sink.kinds:
                deliveries.clear_sink(transaction, kind, account_id, region, wanted)

        await self._database.write(work)

    async def _sent(self, sink: Sink, account_id: str, region: str, wanted: str | None) -> HttpResponse:
        rows = await self._database.read(
            lambda transaction: [
                row for kind in sink.kinds for row in deliveries.in_sink(transaction, kind, account_id)
            ]
        )
        by_recipient: dict[str, list[dict[str, Any]]] = {wanted: []} if wanted is not None else {}
        for row_region, recipient, content, _ in sorted(rows, key=lambda row: row[3]):
            if row_region == region and wanted in (None, recipient):
                by_recipient.setdefault(recipient, []).append(content)
        return json_response({sink.title: by_recipient, "region": region})

    async def subscription_token(self, request: HttpRequest) -> HttpResponse:
        arn = unquote(request.path.removeprefix(f"{_PREFIX}subscription-tokens/"))
        if not arn.startswith("arn:"):
            return json_response({"error": "The provided SubscriptionARN is invalid", "subscription_arn": arn}, 400)
        subscription = await self._database.read(lambda transaction: subscriptions.find(transaction, arn))
        if subscription is None or subscription.token is None:
            return json_response({"error": "The provided SubscriptionARN is not found", "subscription_arn": arn}, 404)
        return json_response({"subscription_token": subscription.token, "subscription_arn": arn})

    async def opt_out(self, request: HttpRequest) -> HttpResponse:
        given = {**_json_object(request.body), **dict(request.query)}
        number = given.get("phoneNumber")
        if request.method != "POST" or not isinstance(number, str) or not is_phone_number(number):
            return json_response({"error": "POST with a phoneNumber"}, 400)
        owner = (str(given.get("accountId") or DEFAULT_ACCOUNT_ID), str(given.get("region") or DEFAULT_REGION))
        await self._database.write(lambda transaction: sms.opt_out(transaction, *owner, number))
        return json_response({"phone_number": number, "opted_out": True})

    async def certificate(self, request: HttpRequest) -> HttpResponse:
        pem = self._runtime.signer.key.certificate
        return HttpResponse(200, [("content-type", "application/x-pem-file")], pem)

    async def deliveries(self, request: HttpRequest) -> HttpResponse:
        query = dict(request.query)
        await self._runtime.outbox.forget_delivered()
        found = await self._database.read(_all_deliveries)
        shown = [entry for entry in found if _is_wanted(entry, query)]
        return json_response({"deliveries": shown})


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _is_wanted(entry: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    account_id = query.get("accountId")
    if account_id is not None and f":{account_id}:" not in entry["topicArn"]:
        return False
    return all(query.get(name) in (None, entry[name]) for name in ("topicArn", "subscriptionArn", "status"))


def _all_deliveries(transaction: Transaction) -> list[dict[str, Any]]:
    """Every pending and failed delivery, oldest first."""
    log = {entry.parcel_id: entry for entry in deliveries.logged(transaction)}
    shown: dict[tuple[int, int], dict[str, Any]] = {
        (number, 0): {
            "status": entry.status,
            "messageId": entry.message_id,
            "topicArn": entry.topic_arn,
            "subscriptionArn": entry.subscription_arn,
            "destination": entry.destination,
            "createdAt": timestamp_of(entry.created_at),
            "attempts": entry.attempts,
        }
        for number, entry in log.items()
    }
    for row in deliveries.pending(transaction):
        known = log.get(row.id)
        for place, (waybill, destination) in enumerate(_waybills(row)):
            shown[row.id, place] = {
                "status": "pending",
                "messageId": waybill.message_id,
                "topicArn": waybill.topic_arn,
                "subscriptionArn": waybill.subscription_arn,
                "destination": destination,
                "createdAt": timestamp_of(row.created_at),
                "attempts": known.attempts if known is not None else _unlogged(row.attempts, row.last_error),
                "nextAttemptAt": timestamp_of(row.due_at),
            }
    return [shown[number] for number in sorted(shown)]


def _waybills(row: Any) -> list[tuple[Waybill, str]]:
    """What a row of the outbox is to deliver, and where to."""
    if row.destination.startswith((FAN_OUT_PREFIX, REPLAY_PREFIX)):
        return []
    if row.destination.startswith(BUNDLE_PREFIX):
        bundle = read_bundle(row.payload)
        return [(bundle.waybill(place), queue) for place, (queue, _) in enumerate(bundle.addressees)]
    waybill, _ = unpack(row.payload)
    return [(waybill, waybill.endpoint or row.destination)]


def _unlogged(attempts: int, last_error: str | None) -> list[dict[str, Any]]:
    """Tries that the outbox only counts, as it does while the SQS service is away; it keeps the last one's reason."""
    return [{"answer": last_error} for _ in range(attempts)]
