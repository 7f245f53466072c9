"""RestoreObject: an archived object may be read for some days. Here it is restored at once.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
"""

from __future__ import annotations

from email.utils import formatdate

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, write_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import malformed_xml
from services.s3.lifecycle.expiration import DAY, next_midnight
from services.s3.notifications import events
from services.s3.objects.catalog import version_of
from services.s3.objects.storage_classes import ARCHIVED
from services.s3.runtime import S3Context
from services.s3.store import objects


@write_operation("RestoreObject")
def restore_object(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    version = version_of(transaction, bucket, input["Key"], input.get("VersionId"), method="POST")
    request = input.get("RestoreRequest") or {}
    if "SelectParameters" in request or request.get("Type") == "SELECT":
        raise AwsError("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
    days = request.get("Days")
    if days is None or days < 1:
        raise malformed_xml()
    if version.storage_class not in ARCHIVED:
        raise AwsError(
            "InvalidObjectState",
            "Restore is not allowed for the object's current storage class",
            403,
            members={"StorageClass": version.storage_class},
        )
    again = version.attributes.get("RestoreUntil", 0) > context.now
    until = next_midnight(context.now + days * DAY)
    version.attributes["RestoreUntil"] = until
    version.attributes["Restore"] = f'ongoing-request="false", expiry-date="{formatdate(until, usegmt=True)}"'
    objects.set_attributes(transaction, version)
    if not again:
        events.record(transaction, context, bucket, "ObjectRestore:Post", version)
        events.record(transaction, context, bucket, "ObjectRestore:Completed", version)
    context.response_status = 200 if again else 202
    return {}
