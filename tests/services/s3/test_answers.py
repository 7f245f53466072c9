"""What answers and errors say in detail: members, wording, headers, as AWS has them."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.processes import Running
from tests.services.s3.conftest import read, refusal


@pytest.fixture
def http(s3_service: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=s3_service.url, follow_redirects=False) as client:
        yield client


def error_of(call: Callable[..., Any], **given: Any) -> dict[str, Any]:
    """The `Error` that `call` ends with, all of its members."""
    with pytest.raises(ClientError) as caught:
        call(**given)
    error: dict[str, Any] = dict(caught.value.response["Error"])
    return error


def argument_error(message: str, name: str, value: str) -> dict[str, str]:
    return {"Code": "InvalidArgument", "Message": message, "ArgumentName": name, "ArgumentValue": value}


def test_an_error_names_no_resource(s3: Any, bucket: str) -> None:
    assert error_of(s3.get_bucket_inventory_configuration, Bucket=bucket, Id="none") == {
        "Code": "NoSuchConfiguration",
        "Message": "The specified configuration does not exist.",
    }


def test_expires_comes_back_as_it_was_written(s3: Any, http: httpx.Client, bucket: str) -> None:
    for written in ("tomorrow", "0", "Wed, 21 Oct 2015 07:28:00 GMT"):
        http.put(f"/{bucket}/key", content=b"x", headers={"expires": written, "content-type": ""})
        got = http.get(f"/{bucket}/key")
        assert (got.headers["expires"], got.headers["content-type"]) == (written, "binary/octet-stream")
        s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")
        assert http.head(f"/{bucket}/copy").headers["expires"] == written
    assert http.get(f"/{bucket}/key", params={"response-expires": "never"}).headers["expires"] == "never"


def test_overridden_headers_hold_what_headers_can(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    got = s3.get_object(Bucket=bucket, Key="key", ResponseContentDisposition='attachment; filename="éт\n.txt"')
    assert got["ContentDisposition"] == 'attachment; filename="é  .txt"'


def test_storage_classes_in_errors(s3: Any, bucket: str) -> None:
    assert error_of(s3.put_object, Bucket=bucket, Key="key", StorageClass="OUTPOSTS") == {
        "Code": "InvalidStorageClass",
        "Message": "The storage class you specified is not valid",
        "StorageClassRequested": "OUTPOSTS",
    }
    s3.put_object(Bucket=bucket, Key="key", StorageClass="GLACIER")
    copied = error_of(s3.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/key")
    assert copied["Message"] == "Operation is not valid for the source object's storage class"


def test_deleting_a_version_that_cannot_be_is_an_error_of_its_entry(s3: Any, bucket: str) -> None:
    entries = [{"Key": "a&<b", "VersionId": "no-version"}, {"Key": "other"}]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": entries})
    message = "The specified version does not exist."
    assert answer["Errors"] == [{**entries[0], "Code": "NoSuchVersion", "Message": message}]
    assert answer["Deleted"] == [{"Key": "other"}]


def test_names_that_no_bucket_ever_had(http: httpx.Client) -> None:
    for name in ("ab", "a$b", "a" * 256):
        assert "<Code>InvalidBucketName</Code>" in http.get(f"/{name}").text
    assert "<Code>NoSuchBucket</Code>" in http.get("/Old_Name").text


def test_pages_of_impossible_sizes(s3: Any, bucket: str) -> None:
    wanted = argument_error("Argument maxKeys must be an integer between 0 and 2147483647", "maxKeys", "-1")
    for listing in (s3.list_objects, s3.list_objects_v2, s3.list_object_versions):
        assert error_of(listing, Bucket=bucket, MaxKeys=-1) == wanted


def test_markers_that_mark_nothing(s3: Any, bucket: str) -> None:
    empty = error_of(s3.list_object_versions, Bucket=bucket, KeyMarker="a", VersionIdMarker="")
    assert empty["Message"] == "A version-id marker cannot be empty."
    unknown = error_of(s3.list_multipart_uploads, Bucket=bucket, KeyMarker="a", UploadIdMarker="x")
    assert unknown == argument_error("Invalid uploadId marker", "upload-id-marker", "x")
    assert s3.list_multipart_uploads(Bucket=bucket, UploadIdMarker="x")["UploadIdMarker"] == ""
    assert error_of(s3.list_objects_v2, Bucket=bucket, ContinuationToken="?") == {
        "Code": "InvalidArgument",
        "Message": "The continuation token provided is incorrect",
        "ArgumentName": "continuation-token",
    }


def test_a_listing_of_uploads_ends_with_its_last(s3: Any, bucket: str) -> None:
    ids = [s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in ("a", "b")]
    answer = s3.list_multipart_uploads(Bucket=bucket)
    assert "Prefix" not in answer
    assert (answer["IsTruncated"], answer["NextKeyMarker"], answer["NextUploadIdMarker"]) == (False, "b", ids[1])
    assert s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")["Prefix"] == ""
    first = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=1)
    assert (first["IsTruncated"], first["NextKeyMarker"], first["NextUploadIdMarker"]) == (True, "a", ids[0])


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("a&b", "", "The TagKey you have provided is invalid"),
        ("a", "b<c", "The TagValue you have provided is invalid"),
        ("aws:a", "", "Your TagKey cannot be prefixed with aws:"),
    ],
)
def test_tags_that_are_none(s3: Any, bucket: str, key: str, value: str, message: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    error = error_of(
        s3.put_object_tagging, Bucket=bucket, Key="key", Tagging={"TagSet": [{"Key": key, "Value": value}]}
    )
    assert (error["Code"], error["Message"], error["TagKey"]) == ("InvalidTag", message, key)


def test_an_empty_set_of_tags_is_none(s3: Any, bucket: str) -> None:
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "größe", "Value": "1 + 1 = 2 @ a:b/c-d_e."}]})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": []})
    assert refusal(s3.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")
    system = error_of(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": [{"Key": "aws:a", "Value": ""}]})
    assert system["Message"] == "System tags cannot be added/updated by requester"


def test_acls_that_are_none(s3: Any, bucket: str) -> None:
    assert error_of(s3.put_bucket_acl, Bucket=bucket) == {
        "Code": "MissingSecurityHeader",
        "Message": "Your request was missing a required header",
        "MissingHeaderName": "x-amz-acl",
    }
    owner = s3.get_bucket_acl(Bucket=bucket)["Owner"]
    both = {"ACL": "private", "AccessControlPolicy": {"Owner": owner, "Grants": []}}
    assert refusal(s3.put_bucket_acl, Bucket=bucket, **both) == (400, "UnexpectedContent")
    for given, wanted in (
        ("nonsense", argument_error("Argument format not recognized", "x-amz-grant-read-acp", "nonsense")),
        ("id=1", argument_error("Invalid id", "id", "1")),
        ("uri=http://a", argument_error("Invalid group uri", "uri", "http://a")),
    ):
        assert error_of(s3.put_bucket_acl, Bucket=bucket, GrantReadACP=given) == wanted


def test_a_canned_acl_begins_with_the_owner(s3: Any, bucket: str) -> None:
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert [grant["Permission"] for grant in s3.get_bucket_acl(Bucket=bucket)["Grants"]] == ["FULL_CONTROL", "READ"]


def test_the_ids_of_a_configuration_have_to_agree(s3: Any, bucket: str) -> None:
    error = error_of(s3.put_bucket_metrics_configuration, Bucket=bucket, Id="one", MetricsConfiguration={"Id": "other"})
    assert error == {
        "Code": "IdMismatch",
        "Message": "Document ID does not match the specified configuration ID.",
    }


def test_retention_ends_in_the_future(s3: Any, unique_name: str) -> None:
    s3.create_bucket(Bucket=unique_name, ObjectLockEnabledForBucket=True)
    s3.put_object(Bucket=unique_name, Key="key")
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": past}
    message, shown = "The retain until date must be in the future!", "Tue Dec 31 16:00:00 PST 2019"
    error = error_of(s3.put_object_retention, Bucket=unique_name, Key="key", Retention=retention)
    assert error == argument_error(message, "RetainUntilDate", shown)
    headers = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": past}
    error = error_of(s3.put_object, Bucket=unique_name, Key="key", **headers)
    assert error == argument_error(message, "x-amz-object-lock-retain-until-date", shown)


def test_the_constraint_eu_is_given_back(s3: Any, unique_name: str) -> None:
    s3.create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": "EU"})
    assert s3.get_bucket_location(Bucket=unique_name)["LocationConstraint"] == "EU"
    assert s3.head_bucket(Bucket=unique_name)["BucketRegion"] == "eu-west-1"


def test_presigned_urls_end(s3: Any, http: httpx.Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "key"}, ExpiresIn=60)
    assert httpx.get(url).content == b"x"
    day = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    version_4 = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"test/{day:%Y%m%d}/us-east-1/s3/aws4_request",
        "X-Amz-Date": f"{day:%Y%m%dT%H%M%SZ}",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "0",
    }
    assert http.get(f"/{bucket}/key", params={**version_4, "X-Amz-Expires": "604800"}).content == b"x"
    version_2 = {"AWSAccessKeyId": "test", "Signature": "0", "Expires": "1"}
    for params in ({**version_4, "X-Amz-Expires": "60"}, version_2):
        ended = http.get(f"/{bucket}/key", params=params)
        assert (ended.status_code, "<Message>Request has expired</Message>" in ended.text) == (403, True)


def test_a_preflight_to_no_bucket(http: httpx.Client, unique_name: str) -> None:
    asked = {"origin": "http://a.example", "access-control-request-method": "GET"}
    answer = http.options(f"/{unique_name}/key", headers=asked)
    assert answer.status_code == 403
    assert "<Message>CORSResponse: Bucket not found</Message>" in answer.text


def test_a_websites_own_pages(s3: Any, http: httpx.Client, bucket: str) -> None:
    host = {"host": f"{bucket}.s3-website.localhost.localstack.cloud"}
    configuration: dict[str, Any] = {"IndexDocument": {"Suffix": "index.html"}}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)
    page = http.get("/none", headers=host)
    assert page.status_code == 404
    request_id = page.headers["x-amz-request-id"]
    assert f"<li>Key: none</li>\n<li>RequestId: {request_id}</li>\n<li>HostId: " in page.text
    assert page.headers["x-amz-error-detail-Key"] == "none"
    assert "<li>Key: index.html</li>" in http.get("/", headers=host).text
    configuration["ErrorDocument"] = {"Key": "error.html"}
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=configuration)
    page = http.get("/none", headers=host)
    assert "<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>" in page.text
    assert "<li>Key: error.html</li>" in page.text
    s3.put_object(Bucket=bucket, Key="error.html", Body=b"ours")
    page = http.get("/none", headers=host)
    assert (page.status_code, page.content) == (404, b"ours")
    assert read(s3, bucket, "error.html") == b"ours"


def test_a_wrong_md5_is_told_with_the_right_one(s3: Any, bucket: str) -> None:
    given = {"Bucket": bucket, "Key": "key", "Body": b"x", "ContentMD5": "rL0Y20zC+Fzt72VPzMSk2A=="}
    assert error_of(s3.put_object, **given) == {
        "Code": "BadDigest",
        "Message": "The Content-MD5 you specified did not match what we received.",
        "ExpectedDigest": "acbd18db4cc2f85cedef654fccc4a4d8",
        "CalculatedDigest": "ndTkYSaMgDT1yFZOFVxnpg==",
    }


def test_copied_ranges_lie_within_the_source(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"]
    part = {"Bucket": bucket, "Key": "key", "UploadId": upload_id, "PartNumber": 1, "CopySource": f"{bucket}/source"}
    assert error_of(s3.upload_part_copy, **part, CopySourceRange="bytes=10-20") == {
        "Code": "InvalidRequest",
        "Message": "The specified copy range is invalid for the source object size",
    }
    longer = error_of(s3.upload_part_copy, **part, CopySourceRange="bytes=5-20")
    assert longer["Message"] == "Range specified is not valid for source object of size: 10"


def test_an_expected_owner_is_an_account(s3: Any, bucket: str) -> None:
    refused = refusal(s3.get_bucket_acl, Bucket=bucket, ExpectedBucketOwner="someone")
    assert refused == (400, "InvalidBucketOwnerAWSAccountID")


def test_the_arn_of_a_destination_has_its_form(s3: Any, bucket: str) -> None:
    entry = {"QueueArn": "queue", "Events": ["s3:ObjectCreated:*"]}
    error = error_of(
        s3.put_bucket_notification_configuration,
        Bucket=bucket,
        NotificationConfiguration={"QueueConfigurations": [entry]},
    )
    assert error == argument_error("The ARN could not be parsed", "QueueArn", "queue")


def test_the_account_before_the_hosts_name_is_no_bucket_to_s3_control(http: httpx.Client, bucket: str) -> None:
    account = "000000000000"
    answer = http.get(
        f"/v20180820/tags/arn%3Aaws%3As3%3A%3A%3A{bucket}",
        headers={"host": f"{account}.localhost:4566", "x-amz-account-id": account},
    )
    namespace = "http://awss3control.amazonaws.com/doc/2018-08-20/"
    assert (answer.status_code, f'<ListTagsForResourceResult xmlns="{namespace}">' in answer.text) == (200, True)


def test_copy_sources_that_are_none(http: httpx.Client, bucket: str) -> None:
    for source, message in (
        ("b$/key", "Invalid copy source bucket name"),
        (f"{bucket}/%ff", "Invalid copy source encoding."),
        (bucket, "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"),
    ):
        answer = http.put(f"/{bucket}/key", headers={"x-amz-copy-source": source})
        assert f"<Code>InvalidArgument</Code><Message>{message}</Message>" in answer.text


def test_locks_need_a_bucket_with_object_lock(s3: Any, bucket: str) -> None:
    for given in ({"ObjectLockLegalHoldStatus": "ON"}, {"ObjectLockRetainUntilDate": datetime.datetime(2100, 1, 1)}):
        error = error_of(s3.put_object, Bucket=bucket, Key="key", **given)
        assert error == {"Code": "InvalidRequest", "Message": "Bucket is missing ObjectLockConfiguration"}
    s3.put_object(Bucket=bucket, Key="key")
    error = error_of(s3.get_object_legal_hold, Bucket=bucket, Key="key")
    assert error["Message"] == "Bucket is missing Object Lock Configuration"


def test_a_bucket_has_fifty_tags_at_most(s3: Any, bucket: str) -> None:
    tag_set = [{"Key": str(number), "Value": ""} for number in range(51)]
    error = error_of(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": tag_set})
    assert error == {"Code": "BadRequest", "Message": "Bucket tag count cannot be greater than 50"}


def test_a_write_has_one_condition(s3: Any, bucket: str) -> None:
    assert error_of(s3.put_object, Bucket=bucket, Key="key", IfMatch='"x"', IfNoneMatch="*") == {
        "Code": "NotImplemented",
        "Message": "A header you provided implies functionality that is not implemented",
        "Header": "If-Match,If-None-Match",
        "additionalMessage": "Multiple conditional request headers present in the request",
    }


def test_many_are_deleted_only_by_a_list_with_a_checksum(s3: Any, http: httpx.Client, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    content = b"<Delete><Object><Key>key</Key></Object></Delete>"
    refused = http.post(f"/{bucket}?delete", content=content)
    message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
    assert (refused.status_code, f"<Message>{message}</Message>" in refused.text) == (400, True)
    md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    assert http.post(f"/{bucket}?delete", content=content, headers={"content-md5": md5}).status_code == 200
    assert refusal(s3.head_object, Bucket=bucket, Key="key") == (404, "404")


def test_a_listing_tells_its_buckets_region(s3: Any, unique_name: str) -> None:
    s3.create_bucket(Bucket=unique_name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for listing in (s3.list_objects, s3.list_objects_v2):
        assert listing(Bucket=unique_name)["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "eu-west-1"


def test_version_ids_and_tokens_that_are_none(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key")
    empty = error_of(s3.get_object, Bucket=bucket, Key="key", VersionId="")
    assert (empty["Message"], empty["ArgumentName"]) == ("Version id cannot be the empty string", "versionId")
    unknown = error_of(s3.get_object, Bucket=bucket, Key="key", VersionId="x")
    assert unknown == argument_error("Invalid version id specified", "versionId", "x")
    assert refusal(s3.list_buckets, ContinuationToken="?")[1] == "InvalidArgument"


def test_pages_of_parts_of_impossible_sizes(s3: Any, bucket: str) -> None:
    given = {
        "Bucket": bucket,
        "Key": "key",
        "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="key")["UploadId"],
    }
    for parameter, member in (("max-parts", "MaxParts"), ("part-number-marker", "PartNumberMarker")):
        wanted = argument_error(f"Argument {parameter} must be an integer between 0 and 2147483647", parameter, "-1")
        assert error_of(s3.list_parts, **given, **{member: -1}) == wanted


def test_websites_answer_other_origins(s3: Any, http: httpx.Client, bucket: str) -> None:
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    s3.put_object(Bucket=bucket, Key="index.html", Body=b"x")
    host = {"host": f"{bucket}.s3-website.localhost.localstack.cloud", "origin": "http://a.example"}
    assert "access-control-allow-origin" not in http.get("/", headers=host).headers
    s3.put_bucket_cors(
        Bucket=bucket, CORSConfiguration={"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
    )
    assert http.options("/", headers={**host, "access-control-request-method": "GET"}).status_code == 200
    answer = http.get("/", headers=host)
    assert (answer.content, answer.headers["access-control-allow-origin"]) == (b"x", "*")


def test_an_object_is_copied_to_itself_where_the_bucket_encrypts_it(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="key", Body=b"x")
    given = {"Bucket": bucket, "Key": "key", "CopySource": f"{bucket}/key"}
    assert refusal(s3.copy_object, **given) == (400, "InvalidRequest")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.copy_object(**given)["ServerSideEncryption"] == "aws:kms"
    assert read(s3, bucket, "key") == b"x"


def test_checksums_of_unknown_algorithms(http: httpx.Client, bucket: str) -> None:
    answer = http.put(f"/{bucket}/key", content=b"x", headers={"x-amz-checksum-crc16": "AAA="})
    message = "The algorithm type you specified in x-amz-checksum- header is invalid."
    assert (answer.status_code, f"<Message>{message}</Message>" in answer.text) == (400, True)
    assert http.head(f"/{bucket}/key").status_code == 404


def test_what_is_public_is_refused_by_the_settings_name(s3: Any, bucket: str) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    user, resource = "arn:aws:iam::000000000000:root", f'"arn:aws:s3:::{bucket}"'
    assert error_of(s3.put_bucket_policy, Bucket=bucket, Policy=policy)["Message"] == (
        f"User: {user} is not authorized to perform: s3:PutBucketPolicy on resource: {resource} because public policies"
        " are blocked by the BlockPublicPolicy block public access setting."
    )
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    assert error_of(s3.put_bucket_acl, Bucket=bucket, ACL="public-read")["Message"] == (
        f"User: {user} is not authorized to perform: s3:PutBucketAcl on resource: {resource} because public access"
        " control lists (ACLs) are blocked by the BlockPublicAcls block public access setting."
    )
