"""Server-side encryption: customers' keys, the bucket's own, updates in place."""

from __future__ import annotations

from typing import Any

from tests.services.s3.conftest import read, refusal


def test_a_bucket_may_refuse_keys_of_customers(s3: Any, bucket: str) -> None:
    customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    s3.put_object(Bucket=bucket, Key="key", **customer)
    rule = {"BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert refusal(s3.put_object, Bucket=bucket, Key="key", **customer) == (403, "AccessDenied")
    kept = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert kept["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert kept["BlockedEncryptionTypes"] == rule["BlockedEncryptionTypes"]


def test_customer_keys(s3: Any, bucket: str) -> None:
    key, other = "k" * 32, "o" * 32
    s3.put_object(Bucket=bucket, Key="key", Body=b"x", SSECustomerAlgorithm="AES256", SSECustomerKey=key)
    assert read(s3, bucket, "key", SSECustomerAlgorithm="AES256", SSECustomerKey=key) == b"x"
    assert refusal(s3.get_object, Bucket=bucket, Key="key") == (400, "InvalidRequest")
    wrong = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": other}
    assert refusal(s3.get_object, Bucket=bucket, Key="key", **wrong) == (403, "AccessDenied")


def test_encryption_is_updated_in_place(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    arn = "arn:aws:kms:us-east-1:000000000000:key/one"
    s3.update_object_encryption(Bucket=bucket, Key="key", ObjectEncryption={"SSEKMS": {"KMSKeyArn": arn}})
    got = s3.get_object(Bucket=bucket, Key="key")
    assert (got["Body"].read(), got["ServerSideEncryption"], got["SSEKMSKeyId"]) == (b"x", "aws:kms", arn)
