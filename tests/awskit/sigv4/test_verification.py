"""Signatures that botocore makes hold; whatever is changed afterwards does not."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import HmacV1Auth, HmacV1QueryAuth, S3SigV4Auth, S3SigV4PostAuth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from awskit.errors import AwsError
from awskit.sigv4.authorization import form_signature, signature_of
from awskit.sigv4.verification import ChunkVerifier, SignedRequest, verify, verify_form

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
CREDENTIALS = Credentials("AKIDEXAMPLE", SECRET)
URL = "http://localhost:4566/bucket/a%20key%2B%C3%A9//x?versionId=null&prefix=a%2Fb&uploads"


def v4() -> Any:
    return S3SigV4Auth(CREDENTIALS, "s3", "eu-west-1")


def v4_query() -> Any:
    return S3SigV4QueryAuth(CREDENTIALS, "s3", "eu-west-1", expires=60)


def v2() -> Any:
    return HmacV1Auth(CREDENTIALS)


def v2_query() -> Any:
    return HmacV1QueryAuth(CREDENTIALS, expires=60)


WAYS = pytest.mark.parametrize("signer", [v4, v4_query, v2, v2_query])


def signed(signer: Callable[[], Any], method: str = "PUT", **headers: str) -> SignedRequest:
    request = AWSRequest(method, URL, headers={"Content-Type": "text/plain", "X-Amz-Meta-A": "b  c", **headers})
    if signer in (v4, v4_query):
        request.context["payload_signing_enabled"] = False
    signer().add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    sent = {name.lower(): _text(value) for name, value in prepared.headers.items()}
    sent.setdefault("host", parts.netloc)
    return SignedRequest(method, parts.path, parts.path, parts.query, sent)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def check(request: SignedRequest, secret: str = SECRET, now: float | None = None) -> None:
    signature = signature_of(request.headers, request.query_string)
    assert signature is not None
    verify(signature, request, secret, time.time() if now is None else now)


def refused(request: SignedRequest, **given: Any) -> AwsError:
    with pytest.raises(AwsError) as caught:
        check(request, **given)
    return caught.value


@WAYS
def test_what_botocore_signs_holds(signer: Callable[[], Any]) -> None:
    check(signed(signer))


@WAYS
def test_another_secret_method_path_or_header_does_not_match(signer: Callable[[], Any]) -> None:
    request = signed(signer)
    changed = {**request.headers, "x-amz-meta-a": "other"}
    path = request.path + "x"
    for wrong in (
        dataclasses.replace(request, method="DELETE"),
        dataclasses.replace(request, path=path, resource=path),
        dataclasses.replace(request, headers=changed),
    ):
        assert refused(wrong).code == "SignatureDoesNotMatch"
    error = refused(request, secret="wrong")
    assert (error.code, error.status) == ("SignatureDoesNotMatch", 403)
    assert error.members["AWSAccessKeyId"] == "AKIDEXAMPLE"


@pytest.mark.parametrize("signer", [v4_query, v2_query])
def test_a_presigned_url_ends(signer: Callable[[], Any]) -> None:
    error = refused(signed(signer), now=time.time() + 61)
    assert (error.code, error.message) == ("AccessDenied", "Request has expired")


@pytest.mark.parametrize("signer", [v4, v2])
def test_a_request_from_another_time_is_too_skewed(signer: Callable[[], Any]) -> None:
    assert refused(signed(signer), now=time.time() + 1000).code == "RequestTimeTooSkewed"
    assert refused(signed(signer), now=time.time() - 1000).code == "RequestTimeTooSkewed"


def test_a_presigned_url_may_not_live_longer_than_a_week() -> None:
    request = signed(lambda: S3SigV4QueryAuth(CREDENTIALS, "s3", "eu-west-1", expires=700_000))
    assert refused(request).code == "AuthorizationQueryParametersError"


def test_an_amz_header_that_is_not_signed_is_refused() -> None:
    request = signed(v4)
    error = refused(dataclasses.replace(request, headers={**request.headers, "x-amz-acl": "public-read"}))
    assert (error.code, error.members["HeadersNotSigned"]) == ("AccessDenied", "x-amz-acl")


def test_v4_needs_the_payload_s_digest() -> None:
    request = AWSRequest("GET", URL)
    SigV4Auth(CREDENTIALS, "s3", "eu-west-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    parts = urlsplit(URL)
    sent = {**headers, "host": parts.netloc}
    assert refused(SignedRequest("GET", parts.path, parts.path, parts.query, sent)).code == "InvalidRequest"


def test_a_form_s_signature_covers_its_policy() -> None:
    request = AWSRequest("POST", URL)
    request.context["s3-presign-post-fields"] = {}
    request.context["s3-presign-post-policy"] = {"expiration": "2030-01-01T00:00:00Z", "conditions": []}
    S3SigV4PostAuth(CREDENTIALS, "s3", "eu-west-1").add_auth(request)
    fields = request.context["s3-presign-post-fields"]
    signature = form_signature(fields)
    assert signature is not None
    verify_form(signature, SECRET)
    other = base64.b64encode(json.dumps({"conditions": []}).encode()).decode()
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        verify_form(dataclasses.replace(signature, policy=other), SECRET)


def test_chunks_are_signed_one_after_another() -> None:
    # AWS's own example: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
    headers = {
        "host": "s3.amazonaws.com",
        "x-amz-date": "20130524T000000Z",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
        "x-amz-decoded-content-length;x-amz-storage-class,"
        "Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-decoded-content-length": "66560",
        "content-length": "66824",
    }
    signature = signature_of(headers, "")
    assert signature is not None
    now = 1369353600.0
    path = "/examplebucket/chunkObject.txt"
    verify(signature, SignedRequest("PUT", path, path, "", headers), SECRET, now)
    verifier = ChunkVerifier(signature, SECRET)
    sizes = (65536, 1024, 0)
    signatures = (
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    )
    for size, expected in zip(sizes, signatures, strict=True):
        verifier.verify_chunk(hashlib.sha256(b"a" * size).hexdigest(), expected)
    with pytest.raises(AwsError, match="SignatureDoesNotMatch"):
        verifier.verify_chunk(hashlib.sha256(b"").hexdigest(), signatures[0])


def test_version_2_signs_the_bucket_that_the_host_names() -> None:
    text = "GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/awsexamplebucket1/photos/puppy.jpg?acl"
    digest = base64.b64encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha1).digest()).decode()
    headers = {"date": "Tue, 27 Mar 2007 19:36:42 +0000", "authorization": f"AWS AKIDEXAMPLE:{digest}"}
    check(
        SignedRequest("GET", "/photos/puppy.jpg", "/awsexamplebucket1/photos/puppy.jpg", "acl&x=1", headers),
        now=1175024202,
    )
