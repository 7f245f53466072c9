"""A notification as a Lambda function and as a Firehose delivery stream get it.

In: the notification's JSON text. Out: the function's event, the stream's record.

https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
https://docs.aws.amazon.com/sns/latest/dg/firehose-working-with-destinations.html
"""

from __future__ import annotations

from typing import Any

import orjson


def function_event(subscription_arn: str, text: str | bytes) -> dict[str, Any]:
    """The event that the function is invoked with; it does not know attribute types beside String and Binary."""
    notification = orjson.loads(text)
    notification["SigningCertUrl"] = notification.pop("SigningCertURL")
    notification["UnsubscribeUrl"] = notification.pop("UnsubscribeURL")
    notification.setdefault("Subject", None)
    attributes = notification.setdefault("MessageAttributes", {})
    for attribute in attributes.values():
        if attribute["Type"] != "Binary":
            attribute["Type"] = "String"
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "Sns": notification,
    }
    return {"Records": [record]}


def stream_record(text: str) -> str:
    """A line of its own, without the indentation."""
    return orjson.dumps(orjson.loads(text)).decode("utf-8") + "\n"
