"""Bodies in chunks of which each is signed by version 4A."""

from __future__ import annotations

import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterator

import httpx
import pytest
from botocore.auth import AUTH_TYPE_MAPS
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from tests.access import Callers, access_environment
from tests.processes import Running, running_service

KEY, SECRET = "AKIAOWNER", "owner/secret+"
PARTS = (b"a" * 8192, b"b" * 100, b"")
CRC32 = "x-amz-checksum-crc32:"
EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("asymmetric")
    with running_service("s3", folder, environment=access_environment(folder, "signatures")) as running:
        Callers(running.url, "s3").named("owner").create_bucket(Bucket="chunks")
        yield running


def private_key() -> EllipticCurvePrivateKey:
    """Of `KEY`, whose first candidate does: NIST SP 800-108 in counter mode."""
    fixed = b"\x00\x00\x00\x01AWS4-ECDSA-P256-SHA256\x00" + KEY.encode() + b"\x01\x00\x00\x01\x00"
    number = int.from_bytes(hmac.new(f"AWS4A{SECRET}".encode(), fixed, hashlib.sha256).digest())
    return derive_private_key(number + 1, SECP256R1())


def put(service: Running, trailer: str = "", spoil: Callable[[bytes], bytes] = bytes) -> httpx.Response:
    """A PutObject in chunks; `spoil` changes the body once it is signed."""
    kind = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" + ("-TRAILER" if trailer else "")
    url = f"{service.url}/chunks/key"
    headers = {
        "host": httpx.URL(url).netloc.decode(),
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": kind,
        "x-amz-decoded-content-length": str(sum(map(len, PARTS))),
    }
    if trailer:
        headers["x-amz-trailer"] = trailer.partition(":")[0]
    request = AWSRequest("PUT", url, headers=headers)
    auth = AUTH_TYPE_MAPS["s3v4a"](Credentials(KEY, SECRET), "s3", "*")
    auth._get_existing_sha256 = lambda request: kind  # botocore sends no such bodies itself: it takes a digest
    auth.add_auth(request)
    signed = {name.lower(): value for name, value in request.headers.items()}
    previous = signed["authorization"].rpartition("Signature=")[2]
    date = signed["x-amz-date"]
    key = private_key()

    def sign(part: str, digests: str) -> str:
        head = f"AWS4-ECDSA-P256-SHA256-{part}\n{date}\n{date[:8]}/s3/aws4_request\n{previous}\n"
        return binascii.hexlify(key.sign((head + digests).encode(), ECDSA(SHA256()))).decode()

    body = b""
    for part in PARTS:
        previous = sign("PAYLOAD", f"{EMPTY}\n{hashlib.sha256(part).hexdigest()}")
        # A signature's length varies; the SDKs' is filled up, so that the whole's is known before.
        body += f"{len(part):x};chunk-signature={previous.ljust(144, '*')}\r\n".encode() + part
        body += b"\r\n" if part else b""
    if trailer:
        signature = sign("TRAILER", hashlib.sha256(f"{trailer}\n".encode()).hexdigest())
        body += f"{trailer}\r\nx-amz-trailer-signature:{signature.ljust(144, '*')}\r\n".encode()
    return httpx.put(url, headers=signed, content=spoil(body + b"\r\n"))


def test_they_are_taken(service: Running) -> None:
    answer = put(service)
    assert answer.status_code == 200, answer.text


def test_so_is_a_trailer(service: Running) -> None:
    crc = binascii.b2a_base64(binascii.crc32(b"".join(PARTS)).to_bytes(4), newline=False).decode()
    answer = put(service, CRC32 + crc)
    assert answer.status_code == 200, answer.text
    assert answer.headers["x-amz-checksum-crc32"] == crc


@pytest.mark.parametrize(
    ("old", "new"), [(b"bbb", b"bbc"), (b"aaa", b"aab"), (CRC32.encode(), b"x-amz-checksum-crc33:")]
)
def test_what_is_changed_on_the_way_is_refused(service: Running, old: bytes, new: bytes) -> None:
    crc = binascii.b2a_base64(binascii.crc32(b"".join(PARTS)).to_bytes(4), newline=False).decode()
    answer = put(service, CRC32 + crc, lambda body: body.replace(old, new, 1))
    assert (answer.status_code, "<Code>SignatureDoesNotMatch<" in answer.text) == (403, True), answer.text
