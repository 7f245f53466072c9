"""CreateSession: credentials for one directory bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation
from services.s3.access.directory_bucket_permission import MODES, greatest_mode
from services.s3.access.express_sessions import new_session
from services.s3.arns import directory_bucket_arn
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.errors import access_denied, invalid_argument, invalid_request
from services.s3.objects import directory_bucket_encryption, encryption
from services.s3.runtime import S3Context
from services.s3.store import buckets
from services.s3.store.buckets import Bucket


@read_operation("CreateSession")
def create_session(context: S3Context, input: Input, transaction: Transaction) -> Output:
    via = context.request.via
    bucket = _bucket(context, input, transaction)
    account, region = (context.account_id, context.region) if bucket is None else (bucket.account_id, bucket.region)
    arns = [directory_bucket_arn(input["Bucket"], region, account), *([] if via is None else [via.point.arn])]
    mode = input.get("SessionMode") or _mode(context, input, bucket, transaction)
    if mode not in MODES:
        raise invalid_argument("Invalid x-amz-create-session-mode header.", "x-amz-create-session-mode", mode)
    if context.request.header("x-amz-s3session-token"):
        raise AwsError("InvalidRequest", "A session cannot be created with the credentials of a session.")
    default = None if bucket is None else buckets.configuration(transaction, bucket, "encryption")
    given = directory_bucket_encryption.checked(input, default, region, account)
    encrypted = encryption.shown(encryption.of_input(given, default, region, account))
    return {"Credentials": new_session(context, arns, mode), **encrypted}


def _mode(context: S3Context, input: Input, bucket: Bucket | None, transaction: Transaction) -> str:
    if bucket is None or context.runtime.identities.access.mode != "enforce":
        return MODES[0]
    return greatest_mode(transaction, context, input, bucket) or MODES[0]


def _bucket(context: S3Context, input: Input, transaction: Transaction) -> Bucket | None:
    """The bucket; None where it is not there yet.

    With an endpoint of one's own every SDK asks for a session first, even to create the bucket. Only the host of a zone
    has no session for what is not there.
    """
    name = input["Bucket"]
    bucket = buckets.find(transaction, name)
    if bucket is not None or not is_directory_bucket(name) or "s3express-" in context.host:
        bucket = bucket_of(transaction, input)
        if not is_directory_bucket(bucket.name):
            raise invalid_request("This operation is only supported for directory buckets.")
        return bucket
    if context.runtime.identities.enforced and context.identity is None:
        raise access_denied()
    return None
