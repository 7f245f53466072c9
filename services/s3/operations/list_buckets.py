"""ListBuckets. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.resources.paging import token_of
from awskit.service.operation import Input, Output, read_operation
from services.s3.arns import bucket_arn
from services.s3.buckets.regions import REGIONS
from services.s3.errors import access_denied, invalid_argument
from services.s3.ownership.access_control import owner_shown
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.paging import name_of_token
from services.s3.runtime import S3Context
from services.s3.store import buckets

_PARAMETERS = ("MaxBuckets", "ContinuationToken", "Prefix", "BucketRegion")
_LIMIT = 10_000


@read_operation("ListBuckets")
def list_buckets(context: S3Context, input: Input, transaction: Transaction) -> Output:
    identities = context.runtime.identities
    if context.access_key_id is None and identities.enforced:
        raise access_denied("Anonymous users cannot list buckets")
    limit = input.get("MaxBuckets", _LIMIT)
    if not 1 <= limit <= _LIMIT:
        raise invalid_argument(
            f"Argument max-buckets must be an integer between 1 and {_LIMIT}.", "max-buckets", str(limit)
        )
    region = input.get("BucketRegion")
    if region is not None and region not in REGIONS:
        raise invalid_argument(f"Argument value {region} is not a valid AWS Region", "bucket-region", None)
    prefix = input.get("Prefix", "")
    after = name_of_token(input.get("ContinuationToken"))
    found = buckets.listed(transaction, context.account_id, after=after, prefix=prefix, region=region, limit=limit + 1)
    paged = any(name in input for name in _PARAMETERS)
    output: Output = {
        "Owner": owner_shown(canonical_id(context.account_id), identities.display_name),
        "Buckets": [
            {
                "Name": bucket.name,
                "CreationDate": float(int(bucket.created_at)),
                "BucketArn": bucket_arn(bucket.name, bucket.region),
            }
            | ({"BucketRegion": bucket.region} if paged else {})
            for bucket in found[:limit]
        ],
    }
    if "Prefix" in input:
        output["Prefix"] = prefix
    if len(found) > limit:
        output["ContinuationToken"] = token_of(found[limit - 1].name)
    return output
