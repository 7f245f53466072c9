"""Requests that are signed here hold where signatures are verified."""

from __future__ import annotations

import pytest

from awskit.errors import AwsError
from awskit.sigv4.authorization import signature_of
from awskit.sigv4.signing import SigningKey, sign
from awskit.sigv4.verification import SignedRequest, verify

NOW = 1_700_000_000.0
KEY = SigningKey("AKIAEXAMPLE", "secret")


@pytest.mark.parametrize(
    "target", ["/bucket/key", "/bucket/a%20b/%E2%82%AC", "/bucket?list-type=2&prefix=a%2Fb%20c&empty=&start-after=z"]
)
def test_a_signature_holds(target: str) -> None:
    headers = {"host": "s3.us-east-1.amazonaws.com", "x-amz-server-side-encryption": "AES256", "range": "bytes=0-9"}
    signed = sign(KEY, ("us-east-1", "s3"), "GET", target, headers, NOW)
    path, _, query = target.partition("?")
    signature = signature_of(signed, query)
    assert signature is not None
    assert signature.credential.access_key_id == "AKIAEXAMPLE"
    request = SignedRequest("GET", path, path, query, signed)
    verify(signature, request, "secret", NOW + 1)
    with pytest.raises(AwsError):
        verify(signature, request, "another secret", NOW + 1)
    with pytest.raises(AwsError):
        verify(signature, SignedRequest("PUT", path, path, query, signed), "secret", NOW + 1)
