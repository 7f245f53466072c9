"""Messages to queues and topics: calls of the SQS and SNS services, as the destination's own account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import urlencode

import orjson

from awskit.access.fleet_calls import Cause, FleetCalls
from awskit.http_client import HttpClient, Response
from awskit.outbox import Delivered, Delivery, GivenUp, Outcome, Retry
from awskit.sigv4.caller import DEFAULT_REGION
from services.s3.arns import bucket_arn
from services.s3.notifications.event_records import id_after, request_id_of, untraced
from services.s3.notifications.notification_rules import address_of
from services.s3.settings import S3Settings

OwnerOf = Callable[[str], Awaitable[str]]
Headers = tuple[tuple[str, str], ...]

_TIMEOUT_SECONDS = 10.0
_BACK_OFF = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 5.0)
_TRACE = "x-amzn-trace-id"
_PRINCIPAL = "s3.amazonaws.com"
_SUBJECT = "Amazon S3 Notification"


class Senders:
    """The HTTP calls to the destinations' services."""

    def __init__(
        self,
        client: HttpClient,
        settings: S3Settings,
        fleet: FleetCalls,
        owner_of: OwnerOf,
        note: Callable[[str, str, str, str], None],
    ) -> None:
        """`owner_of` gives the account of a bucket, "" where it is gone.

        `note` is told of each try: the id of the request that caused it, that of the message that came of it, the
        destination and what it answered.
        """
        self._tell = note
        self._client = client
        self._settings = settings
        self._fleet = fleet
        self._owner_of = owner_of

    async def deliver(self, arn: str, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """The outbox's deliveries to one destination, in order."""
        outcomes: list[Outcome] = []
        for delivery in deliveries:
            last = outcomes[-1] if outcomes else None
            if isinstance(last, Retry) and last.destination_down:
                outcomes.append(last)
                continue
            outcomes.append(await self._try(arn, delivery))
        return outcomes

    async def _try(self, arn: str, delivery: Delivery) -> Outcome:
        wait = _BACK_OFF[min(delivery.attempts, len(_BACK_OFF) - 1)]
        try:
            response = await self.send(arn, delivery.payload)
        except (OSError, TimeoutError) as error:
            self._note(arn, delivery, None)
            return Retry(wait, f"{arn} does not answer: {error!r}", destination_down=True)
        self._note(arn, delivery, response)
        if response.status == 200:
            return Delivered()
        if response.status >= 500:  # 500 is of this message, others may get through
            return Retry(wait, f"{arn} answered {response.status}", destination_down=response.status != 500)
        return GivenUp(response.body.decode("utf-8", "replace"))

    def _note(self, arn: str, delivery: Delivery, response: Response | None) -> None:
        cause, sent = request_id_of(delivery.payload), ""
        if response is not None and response.status == 200:
            sent = id_after(response.body, b'"MessageId":"') or id_after(response.body, b"<MessageId>")
        text = "no answer" if response is None else f"{response.status}"
        if response is not None and response.status != 200:
            text = f"{text} {response.body[:200].decode('utf-8', 'replace')}"
        self._tell(cause, sent, arn, text)

    async def send(self, arn: str, payload: bytes) -> Response:
        """Send one message, `traced` or not. OSError, TimeoutError where the service is not there."""
        trace, message = untraced(payload)
        service, region, account, name = address_of(arn)
        if service == "sqs":
            headers, body = _send_message(region, account, name, message)
            upstream = self._client.upstream(self._settings.sqs_url)
        else:
            headers, body = _publish(arn, region, account, message)
            upstream = self._client.upstream(self._settings.sns_url)
        if trace:
            headers = (*headers, (_TRACE, trace))
        if not self._fleet.is_open:
            given = {name: value for name, value in headers if name != "authorization"}
            given["host"] = upstream.authority
            cause = await self._cause_of(message)
            signed = self._fleet.signed((region, service), "POST", "/", given, body, cause)
            return await upstream.request("POST", "/", signed, body, timeout=_TIMEOUT_SECONDS)
        return await upstream.request("POST", "/", headers, body, timeout=_TIMEOUT_SECONDS)

    async def _cause_of(self, message: bytes) -> Cause:
        """The bucket that a message tells of, which the destination's policy is asked about."""
        content = orjson.loads(message)
        records = content.get("Records")
        name = records[0]["s3"]["bucket"]["name"] if records else content["Bucket"]
        region = records[0]["awsRegion"] if records else DEFAULT_REGION
        return Cause(_PRINCIPAL, bucket_arn(name, region), await self._owner_of(name))


def _send_message(region: str, account: str, name: str, message: bytes) -> tuple[Headers, bytes]:
    headers = (
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", "AmazonSQS.SendMessage"),
        ("authorization", _authorization(account, region, "sqs")),
    )
    url = f"http://sqs.{region}.localhost/{account}/{name}"
    return headers, orjson.dumps({"QueueUrl": url, "MessageBody": message.decode()})


def _publish(arn: str, region: str, account: str, message: bytes) -> tuple[Headers, bytes]:
    headers = (
        ("content-type", "application/x-www-form-urlencoded"),
        ("authorization", _authorization(account, region, "sns")),
    )
    form = {"Action": "Publish", "Version": "2010-03-31", "TopicArn": arn, "Subject": _SUBJECT, "Message": message}
    return headers, urlencode(form).encode()


def _authorization(account: str, region: str, service: str) -> str:
    scope = f"{account}/20260101/{region}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
