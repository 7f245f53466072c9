"""What S3 requests hold beyond what botocore sends, what is refused, and how errors look."""

from __future__ import annotations

from typing import Any

import pytest

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.model import load_model
from awskit.wire.rest_xml import RestXml

S3 = RestXml(load_model("s3"))
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

_HOST_ID = "SURJRElESURJRElESURJRElESURJRElESURJRElESURJRElESURJRElESURJRElESURJRElESUQ="


def parsed(method: str, target: str, body: bytes = b"", **headers: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = HttpRequest(method, path, query, sent, body)
    return S3.parse(S3.resolve(request), request)


def refused(method: str, target: str, body: bytes = b"", **headers: str) -> AwsError:
    with pytest.raises(AwsError) as raised:
        parsed(method, target, body, **headers)
    return raised.value


def answer(name: str, output: dict[str, Any]) -> HttpResponse:
    return S3.serialize(S3.model.operations[name], output, "ID")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/bucket/a%2Fb", "a/b"),
        ("/bucket//a//", "/a//"),
        ("/bucket/a/../b/./c", "a/../b/./c"),
        ("/bucket/a+b%20c", "a+b c"),
        ("/bucket/%C3%A9%E2%82%AC", "é€"),
        ("/bucket/%0A%0D%00", "\n\r\0"),
        ("/bucket/a%3Fb%23c", "a?b#c"),
    ],
)
def test_a_key_is_the_decoded_path(path: str, key: str) -> None:
    assert parsed("GET", path) == {"Bucket": "bucket", "Key": key}


@pytest.mark.parametrize("target", ["/bucket/%ff", "/b%ffc/key", "/bucket?prefix=%ff", "/bucket/key?versionId=%c3%28"])
def test_what_is_not_utf8_is_no_uri(target: str) -> None:
    error = refused("GET", target)
    assert (error.code, error.status) == ("InvalidURI", 400)


@pytest.mark.parametrize("value", ["abc", "1.5", "99999999999", "1_0", "٣"])
def test_a_number_that_is_none(value: str) -> None:
    error = refused("GET", f"/bucket?list-type=2&max-keys={value}")
    assert error.code == "InvalidArgument"
    assert error.message == "Provided max-keys not an integer or within integer range"
    assert error.members == {"ArgumentName": "max-keys", "ArgumentValue": value}


def test_an_empty_number_and_an_unreadable_date_are_as_good_as_absent() -> None:
    assert parsed("GET", "/bucket?list-type=2&max-keys=") == {"Bucket": "bucket"}
    assert parsed("GET", "/bucket/key", if_modified_since="yesterday") == {"Bucket": "bucket", "Key": "key"}
    assert refused("PUT", "/bucket/key", x_amz_object_lock_retain_until_date="soon").code == "InvalidArgument"


def test_headers_of_metadata_and_lists() -> None:
    result = parsed("PUT", "/b/k", x_amz_meta_color="red", x_amz_meta_a_b="1", content_type="text/plain")
    assert result["Metadata"] == {"color": "red", "a-b": "1"}
    assert result["ContentType"] == "text/plain"
    listed = parsed("GET", "/b/k?attributes", x_amz_object_attributes="ETag, ObjectSize")
    assert listed["ObjectAttributes"] == ["ETag", "ObjectSize"]


def test_a_presigned_url_carries_headers_in_its_query_but_for_checksums() -> None:
    target = "/b/k?X-Amz-Signature=1&x-amz-acl=private&x-amz-meta-color=red&x-amz-checksum-crc32=AAAAAA%3D%3D"
    target += "&If-None-Match=%2A"
    result = parsed("PUT", target, x_amz_acl="public-read")
    assert result == {
        "Bucket": "b",
        "Key": "k",
        "ACL": "public-read",  # the header itself overrules
        "Metadata": {"color": "red"},
        "IfNoneMatch": "*",
    }


def test_a_document_with_another_prefix_and_unknown_elements_is_read() -> None:
    body = (
        b'<?xml version="1.0" encoding="UTF-8"?><s:Tagging xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/">'
        b"<s:TagSet><s:Tag><s:Key>a&lt;&#x20;</s:Key><s:Value><![CDATA[<b>]]></s:Value><s:New/></s:Tag></s:TagSet>"
        b"</s:Tagging>"
    )
    assert parsed("PUT", "/b?tagging", body)["Tagging"] == {"TagSet": [{"Key": "a< ", "Value": "<b>"}]}


@pytest.mark.parametrize(
    "body",
    [
        b"<Tagging>",
        b"not xml",
        b"\xff\xfe<\x00",
        b"<Other><TagSet/></Other>",
        b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
        b'<!DOCTYPE Tagging [<!ENTITY x "y">]><Tagging><TagSet/></Tagging>',
        b"<!DOCTYPE Tagging><Tagging><TagSet/></Tagging>",
        b'<?xml version="1.0" encoding="UTF-16"?><Tagging><TagSet/></Tagging>',
        b'<?xml version="1.0" encoding="nonsense"?><Tagging><TagSet/></Tagging>',
        b"<Tagging><TagSet>&nbsp;</TagSet></Tagging>",
        b"<Tagging><TagSet/></Tagging><Tagging/>",
    ],
)
def test_a_document_that_is_malformed(body: bytes) -> None:
    error = refused("PUT", "/b?tagging", body)
    assert (error.code, error.status) == ("MalformedXML", 400)


def test_a_document_without_what_its_schema_requires() -> None:
    assert refused("PUT", "/b?cors", b"<CORSConfiguration/>").code == "MalformedXML"
    assert parsed("PUT", "/b?tagging", b"<Tagging/>")["Tagging"] == {}  # as S3 takes it


def test_values_that_the_schema_does_not_have() -> None:
    assert refused(
        "PUT", "/b?versioning", b"<VersioningConfiguration><Status>on</Status></VersioningConfiguration>"
    ).code == ("MalformedXML")
    body = b"<Delete><Object><Key>k</Key></Object><Quiet>perhaps</Quiet></Delete>"
    assert refused("POST", "/b?delete", body).code == "MalformedXML"
    assert refused("POST", "/b?delete", b"<Delete><Quiet>true</Quiet></Delete>").code == "MalformedXML"
    body = b"<CompleteMultipartUpload><Part><PartNumber>x</PartNumber></Part></CompleteMultipartUpload>"
    assert refused("POST", "/b/k?uploadId=u", body).code == "MalformedXML"


def test_a_region_is_judged_by_the_service() -> None:
    body = b"<CreateBucketConfiguration><LocationConstraint>mars-1</LocationConstraint></CreateBucketConfiguration>"
    assert parsed("PUT", "/b", body)["CreateBucketConfiguration"] == {"LocationConstraint": "mars-1"}


def test_a_missing_body() -> None:
    assert refused("PUT", "/b?tagging").code == "MissingRequestBodyError"
    assert parsed("PUT", "/b?policy") == {"Bucket": "b", "Policy": ""}
    assert parsed("POST", "/b/k?uploadId=u") == {"Bucket": "b", "Key": "k", "UploadId": "u"}


def test_a_listing_as_aws_writes_it() -> None:
    contents = [{"Key": 'a<&>"\r\n\x01é', "LastModified": 1255369830.0, "ETag": '"e"', "Size": 0}]
    response = answer("ListObjectsV2", {"Name": "b", "IsTruncated": False, "Contents": contents})
    assert (
        response.body
        == (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<ListBucketResult {NAMESPACE}><Name>b</Name><IsTruncated>false</IsTruncated><Contents>"
            "<Key>a&lt;&amp;&gt;&quot;&#13;\n&#x1;é</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified>"
            "<ETag>&quot;e&quot;</ETag><Size>0</Size></Contents></ListBucketResult>"
        ).encode()
    )
    assert ("Content-Type", "application/xml") in response.headers


def test_a_location_is_the_element_itself() -> None:
    assert answer("GetBucketLocation", {"LocationConstraint": "eu-west-1"}).body.endswith(  # type: ignore[union-attr]
        f"<LocationConstraint {NAMESPACE}>eu-west-1</LocationConstraint>".encode()
    )


def test_an_object_is_its_headers_and_its_bytes() -> None:
    stream = object()
    output = {
        "Body": stream,
        "ContentLength": 3,
        "LastModified": 0.9,
        "Metadata": {"a": "b"},
        "ETag": '"e"',
        "DeleteMarker": True,
    }
    response = answer("GetObject", output)
    assert response.body is stream
    assert dict(response.headers) == {
        "x-amz-request-id": "ID",
        "x-amz-id-2": _HOST_ID,
        "Content-Length": "3",
        "Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT",
        "x-amz-meta-a": "b",
        "ETag": '"e"',
        "x-amz-delete-marker": "true",
    }


def test_an_error_with_and_without_members() -> None:
    request = HttpRequest("GET", "/bucket/a%20b", "", {})
    error = AwsError(
        "NoSuchKey", "The <key> & no", 404, members={"Key": "a b"}, headers={"x-amz-delete-marker": "true"}
    )
    response = S3.serialize_error(error, request, None, "ID")
    assert response.status == 404
    assert response.body == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>'
        b"<Message>The &lt;key&gt; &amp; no</Message>"
        b"<Key>a b</Key><RequestId>ID</RequestId><HostId>%b</HostId></Error>" % _HOST_ID.encode()
    )
    assert {"x-amz-request-id": "ID", "x-amz-id-2": _HOST_ID, "x-amz-delete-marker": "true"}.items() <= dict(
        response.headers
    ).items()
    plain = S3.serialize_error(AwsError("AccessDenied", "Access Denied", 403), request, None, "ID")
    # Whatever the reference's example shows, AWS names no resource.
    assert b"</Message><RequestId>" in plain.body  # type: ignore[operator]


async def test_errors_without_a_body() -> None:
    missing = S3.serialize_error(AwsError("NoSuchKey", "", 404), HttpRequest("HEAD", "/b/k", "", {}), None, "ID")
    same = S3.serialize_error(AwsError("NotModified", "", 304), HttpRequest("GET", "/b/k", "", {}), None, "ID")
    assert (missing.status, same.status, same.body) == (404, 304, b"")
    # Of a length that is not told, as GET's body would have one.
    assert not isinstance(missing.body, bytes)
    assert [part async for part in missing.body] == []
    assert ("Content-Type", "application/xml") in missing.headers
