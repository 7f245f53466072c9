"""PutBucketNotificationConfiguration and GetBucketNotificationConfiguration.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
"""

from __future__ import annotations

from collections.abc import Sequence

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.fallback import functions
from awskit.service.operation import Input, Output, async_operation, read_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.notifications import event_records, notification_rules
from services.s3.runtime import S3Context
from services.s3.store import buckets
from services.s3.store.buckets import Bucket


@async_operation("PutBucketNotificationConfiguration")
async def put_bucket_notification_configuration(context: S3Context, input: Input) -> Output:
    """Every destination gets a test event; one that does not take it fails the request."""
    database = context.runtime.database
    bucket: Bucket = await database.read(lambda transaction: bucket_of(transaction, input))
    configuration = notification_rules.checked(input["NotificationConfiguration"])
    if not input.get("SkipDestinationValidation"):
        destinations = {
            entry[arn_member]
            for member, arn_member, _ in notification_rules.KINDS
            for entry in configuration.get(member) or ()
        }
        await _validate(context, bucket, sorted(destinations))

    def store(transaction: Transaction) -> Output:
        current = bucket_of(transaction, input)
        if configuration:
            buckets.put_configuration(transaction, current, "notification", configuration)
        else:
            buckets.delete_configuration(transaction, current, "notification")
        return {}

    return await database.write(store)


@read_operation("GetBucketNotificationConfiguration")
def get_bucket_notification_configuration(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return buckets.configuration(transaction, bucket_of(transaction, input), "notification") or {}


async def _validate(context: S3Context, bucket: Bucket, destinations: Sequence[str]) -> None:
    """Raise `InvalidArgument`, which names every destination that does not take the test event."""
    refused = [(arn, reason) for arn in destinations if (reason := await _refusal(context, bucket, arn)) is not None]
    if not refused:
        return
    # As S3 has it, where there is but one
    further = ", null" if len(refused) == 1 else ""
    named: dict[str, str] = {}
    for number, (arn, reason) in enumerate(refused, 1):
        named.update({f"ArgumentName{number}": arn + further, f"ArgumentValue{number}": reason})
    raise AwsError("InvalidArgument", "Unable to validate the following destination configurations", members=named)


async def _function_refusal(context: S3Context, arn: str) -> str | None:
    """A function is sent no test event; where nobody stands in for Lambda, events end in a sink, whatever its name."""
    calls = context.runtime.calls
    if not calls.has(functions.SERVICE):
        return None
    try:
        known = await functions.is_known(calls, arn)
    except functions.NoFunction:
        known = False
    except OSError:
        return "The destination Lambda function's service does not answer"
    return None if known else "The destination Lambda function does not exist"


async def _refusal(context: S3Context, bucket: Bucket, arn: str) -> str | None:
    """Why a destination does not take a test event; None where it does."""
    service, region, _, _ = notification_rules.address_of(arn)
    if region != bucket.region:
        return "The notification destination service region is not valid for the bucket location constraint"
    if service == "lambda":
        return await _function_refusal(context, arn)
    message = event_records.test_event(context.now, context.request_id, bucket.name)
    kind = "queue" if service == "sqs" else "topic"
    try:
        response = await context.runtime.send_to_destination(arn, message)
    except (OSError, TimeoutError):
        return f"The destination {kind}'s service does not answer"
    return None if response.status == 200 else f"The destination {kind} does not exist"
