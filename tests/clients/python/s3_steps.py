"""S3 in boto3: what people do with it, each step on its own."""

from __future__ import annotations

import io
import json
import os
import urllib.request
import uuid
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from steps import PREFIX, client, raises, step

s3 = client("s3")
sqs = client("sqs")
BUCKET = f"{PREFIX}-bucket"
LARGE = os.urandom(1024) * (12 * 1024)
CHECKSUMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")


def body(**given: Any) -> bytes:
    read: bytes = s3.get_object(Bucket=BUCKET, **given)["Body"].read()
    return read


@step
def s3_create_bucket() -> None:
    s3.create_bucket(Bucket=BUCKET)
    s3.get_waiter("bucket_exists").wait(Bucket=BUCKET)


@step
def s3_bucket_owned_by_you() -> None:
    elsewhere = client("s3", region_name="eu-west-1")
    with raises(elsewhere.exceptions.BucketAlreadyOwnedByYou, status=409):
        elsewhere.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


@step
def s3_put_get() -> None:
    s3.put_object(Bucket=BUCKET, Key="greeting", Body=b"hello", ContentType="text/plain", Metadata={"team": "music"})
    got = s3.get_object(Bucket=BUCKET, Key="greeting")
    assert (got["Body"].read(), got["ContentType"], got["Metadata"]) == (b"hello", "text/plain", {"team": "music"})


class Unseekable(io.RawIOBase):
    """A stream that can be read once, and does not say how long it is."""

    def __init__(self, content: bytes) -> None:
        self._rest = content

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        taken, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return taken


@step
def s3_put_stream() -> None:
    s3.upload_fileobj(Unseekable(LARGE), BUCKET, "stream")
    assert body(Key="stream") == LARGE


@step
def s3_checksums() -> None:
    for algorithm in CHECKSUMS:
        put = s3.put_object(Bucket=BUCKET, Key=algorithm, Body=b"checked", ChecksumAlgorithm=algorithm)
        got = s3.get_object(Bucket=BUCKET, Key=algorithm, ChecksumMode="ENABLED")
        assert got["Body"].read() == b"checked"
        assert put[f"Checksum{algorithm}"] == got[f"Checksum{algorithm}"]


@step
def s3_wrong_checksum() -> None:
    with raises(ClientError, "BadDigest", 400):
        s3.put_object(Bucket=BUCKET, Key="wrong", Body=b"checked", ChecksumCRC32="AAAAAA==")
    with raises(s3.exceptions.NoSuchKey):
        body(Key="wrong")


@step
def s3_range() -> None:
    got = s3.get_object(Bucket=BUCKET, Key="greeting", Range="bytes=1-3")
    assert (got["Body"].read(), got["ContentRange"]) == (b"ell", "bytes 1-3/5")
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206


@step
def s3_put_if_none_match() -> None:
    s3.put_object(Bucket=BUCKET, Key="once", Body=b"first", IfNoneMatch="*")
    with raises(ClientError, "PreconditionFailed", 412):
        s3.put_object(Bucket=BUCKET, Key="once", Body=b"second", IfNoneMatch="*")


@step
def s3_put_if_match() -> None:
    seen = s3.head_object(Bucket=BUCKET, Key="once")["ETag"]
    s3.put_object(Bucket=BUCKET, Key="once", Body=b"second", IfMatch=seen)
    with raises(ClientError, "PreconditionFailed", 412):
        s3.put_object(Bucket=BUCKET, Key="once", Body=b"third", IfMatch=seen)
    assert body(Key="once") == b"second"


@step
def s3_get_if_none_match() -> None:
    seen = s3.head_object(Bucket=BUCKET, Key="once")["ETag"]
    with raises(ClientError, "304", 304):
        body(Key="once", IfNoneMatch=seen)


@step
def s3_no_such_key() -> None:
    with raises(s3.exceptions.NoSuchKey, status=404) as caught:
        body(Key="nothing")
    assert caught[0].response["Error"]["Key"] == "nothing"


@step
def s3_no_such_bucket() -> None:
    with raises(s3.exceptions.NoSuchBucket, status=404):
        s3.list_objects_v2(Bucket=f"{BUCKET}-none")


@step
def s3_head_missing() -> None:
    with raises(ClientError, "404", 404):
        s3.head_object(Bucket=BUCKET, Key="nothing")


@step
def s3_copy() -> None:
    key = "a folder/b+c ü%20?"
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"strange")
    s3.copy_object(Bucket=BUCKET, Key=f"{key} again", CopySource={"Bucket": BUCKET, "Key": key})
    assert body(Key=f"{key} again") == b"strange"
    assert [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET, Prefix="a folder/")["Contents"]] == [
        key,
        f"{key} again",
    ]


@step
def s3_upload_manager() -> None:
    config = TransferConfig(multipart_threshold=5 * 1024**2, multipart_chunksize=5 * 1024**2)
    s3.upload_fileobj(io.BytesIO(LARGE), BUCKET, "large", Config=config)
    assert s3.head_object(Bucket=BUCKET, Key="large")["ETag"].strip('"').endswith("-3")


@step
def s3_download_manager() -> None:
    into = io.BytesIO()
    s3.download_fileobj(BUCKET, "large", into, Config=TransferConfig(multipart_threshold=5 * 1024**2))
    assert into.getvalue() == LARGE


@step
def s3_multipart_by_hand() -> None:
    upload = {"Bucket": BUCKET, "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    for number, part in enumerate((LARGE[: 5 * 1024**2], b"end"), 1):
        s3.upload_part(**upload, PartNumber=number, Body=part)
    parts = s3.list_parts(**upload)["Parts"]
    assert [part["Size"] for part in parts] == [5 * 1024**2, 3]
    chosen = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": chosen})
    assert s3.head_object(Bucket=BUCKET, Key="parts")["ContentLength"] == 5 * 1024**2 + 3
    other = {"Bucket": BUCKET, "Key": "other"}
    other["UploadId"] = s3.create_multipart_upload(**other)["UploadId"]
    assert [found["Key"] for found in s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]] == ["other"]
    s3.abort_multipart_upload(**other)
    with raises(s3.exceptions.NoSuchUpload):
        s3.list_parts(**other)


@step
def s3_presigned_get() -> None:
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "greeting"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"hello"


@step
def s3_presigned_put() -> None:
    url = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "by plain HTTP"})
    plain = urllib.request.Request(url, b"put", {"Content-Type": ""}, method="PUT")  # the type would be signed, too
    with urllib.request.urlopen(plain) as answer:
        assert answer.status == 200
    assert body(Key="by plain HTTP") == b"put"


@step
def s3_presigned_post() -> None:
    form = s3.generate_presigned_post(BUCKET, "by form")
    edge = uuid.uuid4().hex
    fields = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in form["fields"].items()
    )
    fields += f'--{edge}\r\nContent-Disposition: form-data; name="file"\r\n\r\nposted\r\n--{edge}--\r\n'
    request = urllib.request.Request(form["url"], fields.encode())
    request.add_header("Content-Type", f"multipart/form-data; boundary={edge}")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 204
    assert body(Key="by form") == b"posted"


@step
def s3_paginator() -> None:
    for number in range(25):
        s3.put_object(Bucket=BUCKET, Key=f"many/{number:02}", Body=b"")
    listing = s3.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix="many/", PaginationConfig={"PageSize": 10}
    )
    pages = [[found["Key"] for found in page["Contents"]] for page in listing]
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [key for page in pages for key in page] == [f"many/{number:02}" for number in range(25)]


@step
def s3_delimiter() -> None:
    listed = s3.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    assert [found["Prefix"] for found in listed["CommonPrefixes"]] == ["a folder/", "many/"]


@step
def s3_delete_objects() -> None:
    keys = [{"Key": f"many/{number:02}"} for number in range(25)]
    deleted = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})
    assert len(deleted["Deleted"]) == 25
    assert "Errors" not in deleted
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="many/")["KeyCount"] == 0


@step
def s3_versions() -> None:
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=BUCKET, Key="versioned", Body=b"one")["VersionId"]
    s3.put_object(Bucket=BUCKET, Key="versioned", Body=b"two")
    marker = s3.delete_object(Bucket=BUCKET, Key="versioned")
    assert marker["DeleteMarker"]
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix="versioned")
    assert [found["IsLatest"] for found in listed["Versions"]] == [False, False]
    assert [found["VersionId"] for found in listed["DeleteMarkers"]] == [marker["VersionId"]]
    assert body(Key="versioned", VersionId=first) == b"one"


@step
def s3_tags() -> None:
    tags = [{"Key": "team", "Value": "music + dance"}]
    s3.put_object_tagging(Bucket=BUCKET, Key="greeting", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=BUCKET, Key="greeting")["TagSet"] == tags


@step
def s3_attributes() -> None:
    wanted = ["ETag", "ObjectSize", "Checksum", "StorageClass"]
    found = s3.get_object_attributes(Bucket=BUCKET, Key="SHA256", ObjectAttributes=wanted)
    assert (found["ObjectSize"], found["StorageClass"]) == (7, "STANDARD")
    assert found["Checksum"]["ChecksumSHA256"]


@step
def s3_notification() -> None:
    url = sqs.create_queue(QueueName=f"{PREFIX}-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    queues = [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"QueueConfigurations": queues}, SkipDestinationValidation=True
    )
    s3.put_object(Bucket=BUCKET, Key="told of", Body=b"event")
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    (record,) = json.loads(message["Body"])["Records"]
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Put", "told+of")
    sqs.delete_queue(QueueUrl=url)


@step
def s3_delete_bucket() -> None:
    with raises(ClientError, "BucketNotEmpty", 409):
        s3.delete_bucket(Bucket=BUCKET)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=BUCKET):
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        keys = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys, "Quiet": True})
    s3.delete_bucket(Bucket=BUCKET)
    s3.get_waiter("bucket_not_exists").wait(Bucket=BUCKET)


def run() -> None:
    s3_create_bucket()
    s3_bucket_owned_by_you()
    s3_put_get()
    s3_put_stream()
    s3_checksums()
    s3_wrong_checksum()
    s3_range()
    s3_put_if_none_match()
    s3_put_if_match()
    s3_get_if_none_match()
    s3_no_such_key()
    s3_no_such_bucket()
    s3_head_missing()
    s3_copy()
    s3_upload_manager()
    s3_download_manager()
    s3_multipart_by_hand()
    s3_presigned_get()
    s3_presigned_put()
    s3_presigned_post()
    s3_paginator()
    s3_delimiter()
    s3_delete_objects()
    s3_versions()
    s3_tags()
    s3_attributes()
    s3_notification()
    s3_delete_bucket()
