"""Publish: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

from __future__ import annotations

import orjson

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.resources.arns import Arn, parse_arn
from awskit.service.operation import Input, Output, async_operation
from services.sns.errors import invalid_parameter, missing_parameter
from services.sns.messages.message import Message, new_message_id, timestamp_of
from services.sns.messages.message_checks import bodies_of, check_platform_bodies
from services.sns.mobile.phone_numbers import is_phone_number
from services.sns.publishing.publisher import (
    Entry,
    check_entry,
    check_entry_size,
    check_key,
    check_topic_type,
    entry_of,
)
from services.sns.publishing.sink_contents import application_content, described
from services.sns.runtime import SnsContext, callback_url_of, topic_arn_of
from services.sns.store import deliveries, platform, sms
from services.sns.store.deliveries import SinkMessage
from services.sns.store.topics import Topic

_MAX_SMS_CHARACTERS = 1600


@async_operation("Publish")
async def publish(context: SnsContext, input: Input) -> Output:
    """Publish to a topic, a device or a phone; answered once deliveries to local queues have been tried."""
    phone_number = input.get("PhoneNumber")
    target = input.get("TopicArn", input.get("TargetArn"))
    entry = entry_of(input, context.request.headers)
    if phone_number is not None and target is None:
        return await _publish_to_phone(context, entry, phone_number)
    if target is None or phone_number is not None:
        raise missing_parameter("TopicArn or TargetArn")
    if "TopicArn" not in input:
        arn = parse_arn(target)
        if arn is not None and arn.resource.startswith("endpoint/"):
            return await _publish_to_device(context, entry, target, arn)
    topic_arn_of(context, target, "TopicArn" if "TopicArn" in input else "TargetArn")
    return await _publish_to_topic(context, entry, target)


async def _publish_to_topic(context: SnsContext, entry: Entry, topic_arn: str) -> Output:
    def checked(topic: Topic) -> list[Entry]:
        check_key(topic)
        check_entry(entry, topic)
        check_entry_size(entry, topic)
        check_topic_type(entry, topic)
        return [entry]

    publisher = context.runtime.publisher
    (receipt,) = await publisher.publish(topic_arn, checked, callback_url_of(context), context.now)
    context.request.messages = receipt.message_id
    return receipt.shown()


def _message(context: SnsContext, entry: Entry) -> Message:
    return Message(
        new_message_id(),
        "",
        entry.text,
        timestamp_of(context.now),
        callback_url_of(context),
        entry.subject,
        entry.attributes,
        bodies_of(entry.structure, entry.text, needs_default=False),
    )


async def _publish_to_phone(context: SnsContext, entry: Entry, phone_number: str) -> Output:
    if not is_phone_number(phone_number):
        raise invalid_parameter(f"PhoneNumber Reason: {phone_number} is not valid to publish to")
    check_entry(entry, None)
    check_entry_size(entry, None)
    message = _message(context, entry)
    if len(message.body_for("sms")) > _MAX_SMS_CHARACTERS:
        raise invalid_parameter(f"SMS message must be less than {_MAX_SMS_CHARACTERS} characters")
    content = orjson.dumps({"PhoneNumber": phone_number, **described(message, "sms")})
    text = SinkMessage("sms", context.account_id, context.region, phone_number, content)

    def work(transaction: Transaction) -> None:
        # AWS takes a message to a number that opted out, and does not send it.
        if not sms.is_opted_out(transaction, context.account_id, context.region, phone_number):
            deliveries.add_to_sinks(transaction, [text], context.now)

    await context.runtime.database.write(work)
    return {"MessageId": message.message_id}


async def _publish_to_device(context: SnsContext, entry: Entry, target: str, arn: Arn) -> Output:
    check_entry(entry, None, needs_default=False)
    check_entry_size(entry, None)
    message = _message(context, entry)
    name = arn.resource.split("/")[1]
    if message.bodies is not None:
        check_platform_bodies(message.bodies, name)
    content = orjson.dumps(application_content(message, target, name))
    notification = SinkMessage("application", arn.account_id, arn.region, target, content)

    def work(transaction: Transaction) -> None:
        if platform.find_endpoint(transaction, target) is None:
            raise invalid_parameter("TargetArn Reason: No endpoint found for the target arn specified")
        if not platform.is_enabled(transaction, target):
            raise AwsError("EndpointDisabledException", "Endpoint is disabled")
        deliveries.add_to_sinks(transaction, [notification], context.now)

    await context.runtime.database.write(work)
    return {"MessageId": message.message_id}
