"""S3's ARNs, and those of the queues and topics that its notifications name.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html
"""

from __future__ import annotations

from awskit.arns import global_arn

ANY_BUCKET = "arn:aws:s3:::"
"""What the ARN of every bucket, and of every object, begins with."""


def bucket_arn(name: str, region: str) -> str:
    """`arn:aws:s3:::name`, of the partition of the bucket's region."""
    return global_arn("s3", region, "", name)
