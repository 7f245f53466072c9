"""Version 4A, against the client that botocore has of it."""

from __future__ import annotations

import time

import pytest
from botocore.auth import AUTH_TYPE_MAPS
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from awskit.errors import AwsError
from awskit.sigv4.authorization import signature_of
from awskit.sigv4.verification import SignedRequest, is_signed_with, verify

HOST = "mabc.mrap.accesspoint.s3-global.amazonaws.com"


def signed(access_key_id: str, secret: str, *, path: str = "/a%20key", query: str = "") -> SignedRequest:
    request = AWSRequest("GET", f"https://{HOST}{path}{query}", headers={"host": HOST})
    request.context["payload_signing_enabled"] = False
    auth = AUTH_TYPE_MAPS["s3v4a"](Credentials(access_key_id, secret), "s3", "*")
    auth.add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return SignedRequest("GET", path, path, query.removeprefix("?"), headers)


@pytest.mark.parametrize("access_key_id", ["AKIAOWNER", "123456789012", "x"])
@pytest.mark.parametrize("query", ["", "?list-type=2&prefix=a%2Fb"])
def test_a_signature(access_key_id: str, query: str) -> None:
    request = signed(access_key_id, "secret/+", query=query)
    signature = signature_of(request.headers, "")
    assert signature is not None
    assert signature.version == "v4a"
    assert is_signed_with(signature, request, "secret/+")
    assert not is_signed_with(signature, request, "another")
    other = SignedRequest("GET", "/other", "/other", request.query_string, request.headers)
    assert not is_signed_with(signature, other, "secret/+")


def test_a_signature_that_is_none() -> None:
    request = signed("AKIAOWNER", "secret")
    head, _, _ = request.headers["authorization"].rpartition("=")
    headers = {**request.headers, "authorization": f"{head}=zz"}
    signature = signature_of(headers, "")
    assert signature is not None
    forged = SignedRequest("GET", request.path, request.path, "", headers)
    with pytest.raises(AwsError) as refused:
        verify(signature, forged, "secret", time.time())
    assert refused.value.code == "SignatureDoesNotMatch"
