"""CreateSession: credentials for one directory bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation
from services.s3.access.express_sessions import new_session
from services.s3.arns import directory_bucket_arn
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.errors import access_denied, invalid_argument, invalid_request
from services.s3.objects.encryption import kms_key_arn
from services.s3.runtime import S3Context
from services.s3.store import buckets

_MODES = ("ReadWrite", "ReadOnly")


@read_operation("CreateSession")
def create_session(context: S3Context, input: Input, transaction: Transaction) -> Output:
    via = context.request.via
    arns = [_arn(context, input, transaction), *([] if via is None else [via.point.arn])]
    mode = input.get("SessionMode", _MODES[0])
    if mode not in _MODES:
        raise invalid_argument("Invalid x-amz-create-session-mode header.", "x-amz-create-session-mode", mode)
    if context.request.header("x-amz-s3session-token"):
        raise AwsError("InvalidRequest", "A session cannot be created with the credentials of a session.")
    encryption = input.get("ServerSideEncryption", "AES256")
    output: Output = {"Credentials": new_session(context, arns, mode), "ServerSideEncryption": encryption}
    if encryption == "aws:kms":
        output["BucketKeyEnabled"] = True
        if "SSEKMSKeyId" in input:
            output["SSEKMSKeyId"] = kms_key_arn(input["SSEKMSKeyId"], context.region, context.account_id)
    return output


def _arn(context: S3Context, input: Input, transaction: Transaction) -> str:
    """The bucket's ARN, also where it is not there yet.

    With an endpoint of one's own every SDK asks for a session first, even to create the bucket. Only the host of a zone
    has no session for what is not there.
    """
    name = input["Bucket"]
    bucket = buckets.find(transaction, name)
    if bucket is not None or not is_directory_bucket(name) or "s3express-" in context.host:
        bucket = bucket_of(transaction, input)
        if not is_directory_bucket(bucket.name):
            raise invalid_request("This operation is only supported for directory buckets.")
        return directory_bucket_arn(name, bucket.region, bucket.account_id)
    if context.runtime.identities.enforced and context.identity is None:
        raise access_denied()
    return directory_bucket_arn(name, context.region, context.account_id)
