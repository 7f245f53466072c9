"""Signatures as they are read from requests. botocore's own signers write the well-formed ones."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from botocore.auth import HmacV1Auth, HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from awskit.sigv4.authorization import Credential, MalformedSignature, credential_of, form_signature, signature_of

KEYS = Credentials("AKIDEXAMPLE", "secret")
SESSION = Credentials("ASIAEXAMPLE", "secret", "the/token==")
URL = "http://localhost:4566/bucket/a%20key"


def signed(auth: object, url: str = URL) -> tuple[dict[str, str], str]:
    request = AWSRequest("GET", url, headers={"Host": "localhost:4566"})
    auth.add_auth(request)  # type: ignore[attr-defined]
    headers = {name.lower(): value for name, value in request.headers.items()}
    return headers, urlsplit(request.prepare().url).query


def test_v4_header() -> None:
    headers, query = signed(SigV4Auth(SESSION, "sqs", "eu-west-1"))
    found = signature_of(headers, query)
    assert found is not None
    assert (found.version, found.place) == ("v4", "header")
    assert found.credential.access_key_id == "ASIAEXAMPLE"
    assert (found.credential.region, found.credential.service) == ("eu-west-1", "sqs")
    assert found.credential.date == headers["x-amz-date"][:8]
    assert found.timestamp == headers["x-amz-date"]
    assert found.signed_headers == ("host", "x-amz-date", "x-amz-security-token")
    assert len(found.signature) == 64
    assert found.session_token == "the/token=="
    assert credential_of(headers["authorization"], "") == found.credential


def test_v4_query() -> None:
    headers, query = signed(S3SigV4QueryAuth(SESSION, "s3", "us-east-1", expires=600))
    found = signature_of(headers, query)
    assert found is not None
    assert (found.version, found.place, found.expires) == ("v4", "query", 600)
    assert (found.credential.region, found.credential.service) == ("us-east-1", "s3")
    assert found.signed_headers == ("host",)
    assert found.session_token == "the/token=="
    assert credential_of(None, query) == found.credential


def test_v2_header() -> None:
    headers, query = signed(HmacV1Auth(KEYS))
    found = signature_of(headers, query)
    assert found is not None
    assert (found.version, found.place, found.credential) == ("v2", "header", Credential("AKIDEXAMPLE"))
    assert found.timestamp == headers["date"]
    assert headers["authorization"].endswith(found.signature)
    assert credential_of(headers["authorization"], "") == found.credential


def test_v2_query() -> None:
    headers, query = signed(HmacV1QueryAuth(KEYS, expires=60))
    found = signature_of(headers, query)
    assert found is not None
    assert (found.version, found.place, found.credential) == ("v2", "query", Credential("AKIDEXAMPLE"))
    assert found.expires is not None
    assert found.expires > 1_700_000_000
    assert credential_of(None, query) == found.credential


@pytest.mark.parametrize("session_token", [None, "the/token=="])
def test_v4_form(session_token: str | None) -> None:
    fields = {
        "key": "uploads/${filename}",
        "Policy": "eyJ9",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "x-amz-credential": "AKIDEXAMPLE/20260101/us-east-1/s3/aws4_request",
        "X-AMZ-Date": "20260101T000000Z",
        "x-amz-signature": "ab" * 32,
    }
    if session_token:
        fields["x-amz-security-token"] = session_token
    found = form_signature(fields)
    assert found is not None
    assert (found.version, found.place, found.policy) == ("v4", "form", "eyJ9")
    assert found.credential == Credential("AKIDEXAMPLE", "20260101", "us-east-1", "s3")
    assert found.session_token == session_token


def test_v2_form() -> None:
    found = form_signature({"AWSAccessKeyId": "AKIDEXAMPLE", "policy": "eyJ9", "signature": "c2ln"})
    assert found is not None
    assert (found.version, found.place, found.signature) == ("v2", "form", "c2ln")


def test_anonymous() -> None:
    assert signature_of({"host": "localhost"}, "list-type=2") is None
    assert credential_of(None, "list-type=2&prefix=X-Amz") is None
    assert form_signature({"key": "a", "file": ""}) is None


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        # as some clients write it, without spaces
        ("AWS4-HMAC-SHA256 Credential=A/20260101/r/s3/aws4_request,SignedHeaders=host,Signature=0", ("A", "r", "s3")),
        # a key with slashes, as from MinIO's or a Base64 alphabet
        ("AWS4-HMAC-SHA256 Credential=A/B/C/20260101/r/sns/aws4_request, Signature=0", ("A/B/C", "r", "sns")),
        # version 4a, for several regions
        ("AWS4-ECDSA-P256-SHA256 Credential=A/20260101/s3/aws4_request, Signature=0", ("A", "", "s3")),
        ("AWS4-HMAC-SHA256 Credential=A", ("A", "", "")),
        ("AWS4-HMAC-SHA256 Credential=A/20260101/r/s3/other", ("A", "", "")),
        ("AWS4-HMAC-SHA256 Credential=A/today/r/s3/aws4_request", ("A", "", "")),
        ("AWS A:B:signature", ("A:B", "", "")),
    ],
)
def test_credentials_as_they_come(authorization: str, expected: tuple[str, str, str]) -> None:
    found = credential_of(authorization, "")
    assert found is not None
    assert (found.access_key_id, found.region, found.service) == expected


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer abc", "AWS", "AWS abc", "AWS :sig", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=", "Basic Og=="],
)
def test_unreadable_credentials_are_none(authorization: str) -> None:
    assert credential_of(authorization, "") is None


@pytest.mark.parametrize(
    ("authorization", "complaint"),
    [
        ("Bearer abc", "Unsupported authorization type: Bearer"),
        ("AWS abc", "Expected AwsAccessKeyId:signature"),
        ("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00", "missing Credential"),
        ("AWS4-HMAC-SHA256 Credential=A/20260101/r/s3/aws4_request, Signature=00", "missing SignedHeaders"),
        ("AWS4-HMAC-SHA256 Credential=A/20260101/r/s3/aws4_request, SignedHeaders=host", "missing Signature"),
        ("AWS4-HMAC-SHA256 Credential=A/r/s3, SignedHeaders=host, Signature=00", "the Credential is mal-formed"),
    ],
)
def test_malformed_headers(authorization: str, complaint: str) -> None:
    with pytest.raises(MalformedSignature, match=complaint):
        signature_of({"authorization": authorization}, "")


@pytest.mark.parametrize("missing", ["X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires"])
def test_malformed_v4_queries(missing: str) -> None:
    _, query = signed(S3SigV4QueryAuth(KEYS, "s3", "us-east-1", expires=600))
    rest = "&".join(part for part in query.split("&") if not part.startswith(f"{missing}="))
    with pytest.raises(MalformedSignature, match=f"missing {missing}"):
        signature_of({}, rest)


@pytest.mark.parametrize("expires", ["-1", "ten", "٣", "9" * 40])
def test_expiry_is_a_number(expires: str) -> None:
    with pytest.raises(MalformedSignature, match="Expires should be a number"):
        signature_of({}, f"AWSAccessKeyId=A&Signature=s&Expires={expires}")


def test_s3_and_other_signers_agree() -> None:
    headers, query = signed(S3SigV4Auth(KEYS, "s3", "us-east-1"))
    found = signature_of(headers, query)
    assert found is not None
    assert "x-amz-content-sha256" in found.signed_headers
