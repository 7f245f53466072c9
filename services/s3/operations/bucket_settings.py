"""Small bucket settings: accelerate, request payment, ABAC, ownership controls, public access block, encryption.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.s3.buckets.catalog import bucket_of
from services.s3.buckets.directory_bucket_names import is_directory_bucket
from services.s3.errors import invalid_argument, invalid_request, malformed_xml
from services.s3.objects import encryption
from services.s3.objects.directory_bucket_encryption import check_default
from services.s3.ownership import access_control
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.runtime import S3Context
from services.s3.store import buckets

_OWNERSHIPS = frozenset({"BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"})
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ONLY_KEY = "encryption_key"  # the one customer managed key that a directory bucket has ever had
_DEFAULT_ENCRYPTION = {
    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
}


@write_operation("PutBucketAccelerateConfiguration")
def put_bucket_accelerate(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    if "." in bucket.name:
        raise invalid_request("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names")
    status = input["AccelerateConfiguration"].get("Status")
    if status not in ("Enabled", "Suspended"):
        raise malformed_xml()
    buckets.put_configuration(transaction, bucket, "accelerate", {"Status": status})
    return {}


@read_operation("GetBucketAccelerateConfiguration")
def get_bucket_accelerate(context: S3Context, input: Input, transaction: Transaction) -> Output:
    return buckets.configuration(transaction, bucket_of(transaction, input), "accelerate") or {}


@write_operation("PutBucketRequestPayment")
def put_bucket_request_payment(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    payer = input["RequestPaymentConfiguration"].get("Payer")
    if payer not in ("Requester", "BucketOwner"):
        raise malformed_xml()
    buckets.put_configuration(transaction, bucket, "request_payment", {"Payer": payer})
    return {}


@read_operation("GetBucketRequestPayment")
def get_bucket_request_payment(context: S3Context, input: Input, transaction: Transaction) -> Output:
    kept = buckets.configuration(transaction, bucket_of(transaction, input), "request_payment")
    return kept or {"Payer": "BucketOwner"}


@write_operation("PutBucketAbac")
def put_bucket_abac(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    status = input["AbacStatus"].get("Status")
    if status not in ("Enabled", "Disabled"):
        raise malformed_xml()
    buckets.put_configuration(transaction, bucket, "abac", {"Status": status})
    return {}


@read_operation("GetBucketAbac")
def get_bucket_abac(context: S3Context, input: Input, transaction: Transaction) -> Output:
    kept = buckets.configuration(transaction, bucket_of(transaction, input), "abac")
    return {"AbacStatus": kept or {"Status": "Disabled"}}


@write_operation("PutBucketOwnershipControls")
def put_bucket_ownership_controls(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    rules = input["OwnershipControls"].get("Rules") or []
    if len(rules) != 1 or rules[0].get("ObjectOwnership") not in _OWNERSHIPS:
        raise malformed_xml()
    ownership = rules[0]["ObjectOwnership"]
    if ownership == "BucketOwnerEnforced":
        acl = buckets.configuration(transaction, bucket, "acl")
        if not access_control.gives_only_owner_control(acl, canonical_id(bucket.account_id)):
            raise AwsError(
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            )
    buckets.set_ownership(transaction, bucket, ownership)
    return {}


@read_operation("GetBucketOwnershipControls")
def get_bucket_ownership_controls(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    if not bucket.ownership:
        raise AwsError(
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found",
            404,
            members={"BucketName": bucket.name},
        )
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": bucket.ownership}]}}


@write_operation("DeleteBucketOwnershipControls")
def delete_bucket_ownership_controls(context: S3Context, input: Input, transaction: Transaction) -> Output:
    buckets.set_ownership(transaction, bucket_of(transaction, input), "")
    return {}


@write_operation("PutPublicAccessBlock", model="s3")
def put_public_access_block(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    given = input["PublicAccessBlockConfiguration"]
    buckets.put_configuration(
        transaction, bucket, "public_access_block", {name: bool(given.get(name)) for name in _BLOCKS}
    )
    return {}


@read_operation("GetPublicAccessBlock", model="s3")
def get_public_access_block(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    kept = buckets.configuration(transaction, bucket, "public_access_block")
    if kept is None:
        raise AwsError(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
            404,
            members={"BucketName": bucket.name},
        )
    return {"PublicAccessBlockConfiguration": kept}


@write_operation("DeletePublicAccessBlock", model="s3")
def delete_public_access_block(context: S3Context, input: Input, transaction: Transaction) -> Output:
    buckets.delete_configuration(transaction, bucket_of(transaction, input), "public_access_block")
    return {}


@write_operation("PutBucketEncryption")
def put_bucket_encryption(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    rules = input["ServerSideEncryptionConfiguration"].get("Rules") or []
    if len(rules) != 1:
        raise malformed_xml()
    rule = {"BucketKeyEnabled": False, **rules[0]}
    if "BlockedEncryptionTypes" in rule:
        rule.setdefault("ApplyServerSideEncryptionByDefault", {"SSEAlgorithm": "AES256"})
    applied = rule.get("ApplyServerSideEncryptionByDefault") or {}
    algorithm = applied.get("SSEAlgorithm")
    if algorithm not in ("AES256", "aws:kms", "aws:kms:dsse"):
        raise malformed_xml()
    if algorithm == "AES256" and "KMSMasterKeyID" in applied:
        raise invalid_argument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            "ApplyServerSideEncryptionByDefault",
            None,
        )
    if is_directory_bucket(bucket.name):
        before = buckets.configuration(transaction, bucket, _ONLY_KEY)
        key = check_default(rule, before, bucket.region, bucket.account_id)
        if key != before:
            buckets.put_configuration(transaction, bucket, _ONLY_KEY, key)
    buckets.put_configuration(transaction, bucket, "encryption", {"Rules": [rule]})
    return {}


@read_operation("GetBucketEncryption")
def get_bucket_encryption(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    kept = buckets.configuration(transaction, bucket, "encryption")
    if kept == encryption.NONE:
        raise AwsError(
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
            404,
            members={"BucketName": bucket.name},
        )
    return {"ServerSideEncryptionConfiguration": kept or _DEFAULT_ENCRYPTION}


@write_operation("DeleteBucketEncryption")
def delete_bucket_encryption(context: S3Context, input: Input, transaction: Transaction) -> Output:
    bucket = bucket_of(transaction, input)
    if context.runtime.settings.default_encryption:
        buckets.delete_configuration(transaction, bucket, "encryption")
    else:
        buckets.put_configuration(transaction, bucket, "encryption", encryption.NONE)
    return {}
