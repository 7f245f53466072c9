"""What can be looked into under `/_aws/sns/`: what was sent, what is on its way, what failed, and who may confirm.

* `GET sms-messages`, `platform-endpoint-messages`, `email-messages`, `lambda-messages`, `firehose-messages`, with
  `accountId`, `region` and the recipient (`phoneNumber`, `endpointArn`, `email`, `endpoint`); `DELETE` with the same
  forgets what `GET` would show. A recipient that is an ARN names account and region itself
* `GET subscription-tokens/<subscription ARN>`: the token that confirms it
* `GET deliveries`, with `accountId`, `topicArn`, `subscriptionArn`: pending and failed ones, their tries and answers
* `POST filter-check`: which subscriptions a message would reach, and why not (`services.sns.control.filter_check`)
* `POST phone-opt-outs` with `phoneNumber` and `accountId`, in the query or a JSON object: as if its owner had answered
  STOP; also as `opted-out-numbers`
* `GET SimpleNotificationService-<id>.pem`: the certificate that signatures are checked with

The forms of the first two and of the tokens are LocalStack's: https://docs.localstack.cloud/aws/services/sns/
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import orjson

from awskit.control.routes import json_response, taking
from awskit.sigv4.caller import DEFAULT_ACCOUNT_ID, DEFAULT_REGION
from awskit.wire.http import HttpRequest, HttpResponse
from services.sns.control.filter_check import PATH as FILTER_CHECK
from services.sns.control.filter_check import FilterCheckRoute
from services.sns.control.sinks import SINKS, Sink, SinkRoute
from services.sns.control.unfinished_deliveries import STATUSES, is_wanted, unfinished_deliveries
from services.sns.mobile.phone_numbers import is_phone_number
from services.sns.runtime import SnsRuntime
from services.sns.store import sms, subscriptions

Route = Callable[[HttpRequest], Awaitable[HttpResponse]]

_PREFIX = "/_aws/sns/"


def routes(runtime: SnsRuntime) -> dict[str, Route]:
    """The control routes, for the service's application."""
    own = _Routes(runtime)
    opt_out = taking(own.opt_out, "phoneNumber", "accountId", "region")
    return {
        **{f"{_PREFIX}{path}": _sink(runtime, sink) for path, sink in SINKS.items()},
        f"{_PREFIX}subscription-tokens/": own.subscription_token,
        f"{_PREFIX}deliveries": taking(own.deliveries, "accountId", "topicArn", "subscriptionArn", "status"),
        FILTER_CHECK: FilterCheckRoute(runtime.database),
        f"{_PREFIX}opted-out-numbers": opt_out,
        f"{_PREFIX}phone-opt-outs": opt_out,
        runtime.signer.key.certificate_path: own.certificate,
    }


def _sink(runtime: SnsRuntime, sink: Sink) -> Route:
    return taking(SinkRoute(runtime.database, sink), sink.parameter, "accountId", "region")


class _Routes:
    def __init__(self, runtime: SnsRuntime) -> None:
        self._runtime = runtime
        self._database = runtime.database

    async def subscription_token(self, request: HttpRequest) -> HttpResponse:
        """`GET subscription-tokens/<subscription ARN>`: 200 with the token, 400 for what is no ARN, 404."""
        arn = unquote(request.path.removeprefix(f"{_PREFIX}subscription-tokens/"))
        if not arn.startswith("arn:"):
            return json_response({"error": "The provided SubscriptionARN is invalid", "subscription_arn": arn}, 400)
        subscription = await self._database.read(lambda transaction: subscriptions.find(transaction, arn))
        if subscription is None or subscription.token is None:
            return json_response({"error": "The provided SubscriptionARN is not found", "subscription_arn": arn}, 404)
        return json_response({"subscription_token": subscription.token, "subscription_arn": arn})

    async def opt_out(self, request: HttpRequest) -> HttpResponse:
        """`POST phone-opt-outs`: 200, or 400 without a phone number."""
        given = {**_json_object(request.body), **dict(request.query)}
        number = given.get("phoneNumber")
        if request.method != "POST" or not isinstance(number, str) or not is_phone_number(number):
            return json_response({"error": "POST with a phoneNumber"}, 400)
        owner = (str(given.get("accountId") or DEFAULT_ACCOUNT_ID), str(given.get("region") or DEFAULT_REGION))
        await self._database.write(lambda transaction: sms.opt_out(transaction, *owner, number))
        return json_response({"phone_number": number, "opted_out": True})

    async def certificate(self, request: HttpRequest) -> HttpResponse:
        """`GET SimpleNotificationService-<id>.pem`: PEM."""
        pem = self._runtime.signer.key.certificate
        return HttpResponse(200, [("Content-Type", "application/x-pem-file")], pem)

    async def deliveries(self, request: HttpRequest) -> HttpResponse:
        """`GET deliveries`: those of the account, topic, subscription and status that the query names."""
        query = dict(request.query)
        if query.get("status", "failed") not in STATUSES:
            return json_response({"message": f"status is one of {', '.join(STATUSES)}"}, 400)
        await self._runtime.outbox.forget_delivered()
        found = await self._database.read(unfinished_deliveries)
        shown = [entry for entry in found if is_wanted(entry, query)]
        return json_response({"deliveries": shown})


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
