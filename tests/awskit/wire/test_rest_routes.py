"""No falling through: a request means the operation whose sub-resource it names, or an error."""

from __future__ import annotations

import itertools

import pytest

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest
from awskit.wire.model import load_model
from awskit.wire.rest_routes import NOT_OF_KEYS
from awskit.wire.rest_xml import RestXml

MODEL = load_model("s3")
S3 = RestXml(MODEL)
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH")
SUB_RESOURCES = sorted(
    {
        constant
        for operation in MODEL.operations.values()
        for constant in operation.request_uri.partition("?")[2].split("&")
        if constant and "=" not in constant
    }
)


def resolved(method: str, target: str, **headers: str) -> str:
    path, _, query = target.partition("?")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return S3.resolve(HttpRequest(method, path, query, sent)).name


def refused(method: str, target: str, **headers: str) -> AwsError:
    with pytest.raises(AwsError) as raised:
        resolved(method, target, **headers)
    return raised.value


@pytest.mark.parametrize("sub_resource", SUB_RESOURCES)
def test_a_sub_resource_never_means_an_operation_without_it(sub_resource: str) -> None:
    extras = ("", "&id=x", "&uploadId=u", "&versionId=v", "&x-id=Whatever", "=", "=1")
    for method, path, extra in itertools.product(METHODS, ("/", "/bucket", "/bucket/", "/bucket/key"), extras):
        try:
            name = resolved(method, f"{path}?{sub_resource}{extra}", x_amz_copy_source="a/b")
        except AwsError as error:
            assert error.code in ("MethodNotAllowed", "NotImplemented", "InvalidArgument")
            continue
        if name in ("GetObject", "HeadObject", "HeadBucket") and sub_resource in NOT_OF_KEYS:
            continue
        constants = MODEL.operations[name].request_uri.partition("?")[2].split("&")
        assert sub_resource in constants, (method, path, extra, name)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("DELETE", "/bucket?metrics"),  # the listing's sub-resource without an id
        ("DELETE", "/bucket?versioning"),
        ("DELETE", "/bucket?uploadId=1"),
        ("PUT", "/bucket?uploads"),
        ("PUT", "/bucket/key?uploadId=1"),
        ("PUT", "/bucket/key?policy"),
        ("POST", "/bucket/key"),
        ("POST", "/bucket"),
        ("PUT", "/"),
        ("HEAD", "/bucket?acl"),
    ],
)
def test_a_method_that_a_resource_does_not_have_is_not_allowed(method: str, target: str) -> None:
    error = refused(method, target)
    assert (error.code, error.status) == ("MethodNotAllowed", 405)
    assert error.members["Method"] == method


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/bucket", "/bucket/key"])
@pytest.mark.parametrize("query", ["nonsense", "nonsense=", "Encryption2", "nonsense&versionId=1"])
def test_an_unknown_sub_resource_is_refused(method: str, path: str, query: str) -> None:
    assert refused(method, f"{path}?{query}").code in ("NotImplemented", "MethodNotAllowed")


def test_an_unknown_sub_resource_of_a_bucket_is_not_its_listing() -> None:
    assert (refused("GET", "/bucket?nonsense").code, refused("GET", "/bucket?nonsense").status) == (
        "NotImplemented",
        501,
    )


def test_an_object_is_read_whatever_a_browser_appends() -> None:
    assert resolved("GET", "/bucket/style.css?v1.2") == "GetObject"
    assert resolved("HEAD", "/bucket/style.css?_=17") == "HeadObject"


@pytest.mark.parametrize(
    ("method", "target", "name"),
    [
        ("GET", "/", "ListBuckets"),
        ("GET", "/bucket", "ListObjects"),
        ("GET", "/bucket/", "ListObjects"),
        ("GET", "/bucket/?prefix=&delimiter=%2F&marker=", "ListObjects"),
        ("GET", "/bucket?list-type=2&prefix=a", "ListObjectsV2"),
        ("GET", "/bucket?metrics&id=x", "GetBucketMetricsConfiguration"),
        ("GET", "/bucket?metrics", "ListBucketMetricsConfigurations"),
        ("DELETE", "/bucket?metrics&id=x", "DeleteBucketMetricsConfiguration"),
        ("PUT", "/bucket/key?encryption", "UpdateObjectEncryption"),
        ("PUT", "/bucket/key?acl=", "PutObjectAcl"),
        ("GET", "/bucket/key?uploadId=1", "ListParts"),
        ("POST", "/bucket/key?uploadId=1", "CompleteMultipartUpload"),
        ("POST", "/bucket/key?uploads", "CreateMultipartUpload"),
        ("PUT", "/bucket/key?partNumber=1&uploadId=2", "UploadPart"),
        ("GET", "/bucket/key?partNumber=1&versionId=3", "GetObject"),
        ("GET", "/bucket/key?response-content-type=text%2Fplain&x-id=GetObject", "GetObject"),
        ("GET", "/bucket/key?AWSAccessKeyId=a&Signature=b&Expires=1", "GetObject"),
        ("PUT", "/bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=&x-amz-acl=private", "PutObject"),
        ("PUT", "/bucket//key", "PutObject"),
        ("PUT", "/bucket/a/../../b", "PutObject"),
    ],
)
def test_what_a_request_line_means(method: str, target: str, name: str) -> None:
    assert resolved(method, target) == name


def test_a_copy_is_told_by_its_header_or_the_presigned_parameter() -> None:
    assert resolved("PUT", "/bucket/key", x_amz_copy_source="a/b") == "CopyObject"
    assert resolved("PUT", "/bucket/key?partNumber=1&uploadId=2", x_amz_copy_source="a/b") == "UploadPartCopy"
    assert resolved("PUT", "/bucket/key?x-amz-copy-source=a%2Fb") == "CopyObject"


def test_a_path_without_a_bucket_is_no_uri() -> None:
    error = refused("GET", "//key")
    assert (error.code, error.status) == ("InvalidURI", 400)


def test_s3_control_has_paths_of_its_own() -> None:
    control = RestXml(load_model("s3control"))
    request = HttpRequest(
        "GET", "/v20180820/tags/arn%3Aaws%3As3%3A%3A%3Abucket", "", {"x-amz-account-id": "000000000000"}
    )
    operation = control.resolve(request)
    assert operation.name == "ListTagsForResource"
    assert control.parse(operation, request) == {"AccountId": "000000000000", "ResourceArn": "arn:aws:s3:::bucket"}
    with pytest.raises(AwsError):
        control.resolve(HttpRequest("GET", "/v20180820/nothing", "", {}))
