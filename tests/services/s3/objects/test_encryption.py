"""Server-side encryption: customers' keys, the bucket's own, updates in place."""

from __future__ import annotations

import base64
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
    arn = "arn:aws:kms:us-east-1:000000000000:key/0a1b2c3d-0000-4000-8000-0123456789ab"
    s3.update_object_encryption(Bucket=bucket, Key="key", ObjectEncryption={"SSEKMS": {"KMSKeyArn": arn}})
    got = s3.get_object(Bucket=bucket, Key="key")
    assert (got["Body"].read(), got["ServerSideEncryption"], got["SSEKMSKeyId"]) == (b"x", "aws:kms", arn)


def test_what_is_encrypted_with_a_key_hides_its_md5(s3: Any, bucket: str) -> None:
    plain = s3.put_object(Bucket=bucket, Key="key", Body=b"x")["ETag"]
    kms = s3.put_object(Bucket=bucket, Key="kms", Body=b"x", ServerSideEncryption="aws:kms")["ETag"]
    again = s3.put_object(Bucket=bucket, Key="kms", Body=b"x", ServerSideEncryption="aws:kms")["ETag"]
    assert len({plain, kms, again}) == 3
    assert s3.head_object(Bucket=bucket, Key="kms")["ETag"] == again
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/kms", ServerSideEncryption="AES256")
    assert copied["CopyObjectResult"]["ETag"] == plain


def test_keys_and_contexts_that_cannot_be(s3: Any, bucket: str) -> None:
    kms = {"Bucket": bucket, "Key": "key", "ServerSideEncryption": "aws:kms"}
    unformed = "arn:aws:kms:us-east-1:000000000000:key/one"
    for name in ("no key", "key-ID-WRONGWRONGWRONG", unformed, "arn:aws:s3:::bucket"):
        assert refusal(s3.put_object, **kms, SSEKMSKeyId=name) == (400, "KMS.NotFoundException")
    s3.put_object(Bucket=bucket, Key="plain")
    change = {"ObjectEncryption": {"SSEKMS": {"KMSKeyArn": unformed}}}
    assert refusal(s3.update_object_encryption, Bucket=bucket, Key="plain", **change) == (400, "KMS.NotFoundException")
    context = base64.b64encode(b'{"a": "b"}').decode()
    assert s3.put_object(**kms, SSEKMSEncryptionContext=context)["SSEKMSEncryptionContext"] == context
    for none in ("text", base64.b64encode(b'{"a": {}}').decode()):
        assert refusal(s3.put_object, **kms, SSEKMSEncryptionContext=none) == (400, "InvalidArgument")
