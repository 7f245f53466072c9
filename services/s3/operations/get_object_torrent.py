"""GetObjectTorrent, which S3 gave up in 2022. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTorrent.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.errors import no_such_key
from services.s3.objects.catalog import version_of
from services.s3.runtime import S3Context


@read_operation("GetObjectTorrent")
def get_object_torrent(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    version_of(transaction, bucket, input["Key"], None, method="GET")
    raise no_such_key(input["Key"])
