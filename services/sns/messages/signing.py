"""The key that signs what SNS sends, and the certificate that receivers fetch to check it.

The key is made with the schema (its migration runs in a process of its own, so that no service carries the certificate
tooling's memory) and stays as long as the database. `Signer` loads it when the first message is signed.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Literal

from services.sns.messages.libcrypto import Unavailable, rsa_signing_function
from services.sns.store.signing_keys import SigningKey

SignatureVersion = Literal["1", "2"]
Sign = Callable[[bytes, SignatureVersion], bytes]

# AWS's own key has 2048 bits. A signature is made for each message published, and 1024 bits cost a third of the time.
KEY_BITS = 1024
_VALID_DAYS = 3650


def generate_signing_key(now: float) -> SigningKey:
    """A new RSA key with its self-signed certificate, valid from a day before `now` (seconds)."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    begin = datetime.datetime.fromtimestamp(now, datetime.UTC) - datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=_VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("sns.amazonaws.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SigningKey(hashlib.sha256(pem).hexdigest()[:32], private, pem)


class Signer:
    """Signs strings with one key, in either of AWS's signature versions."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key
        self._sign: Sign | None = None

    def sign(self, text: str, version: SignatureVersion) -> str:
        """The signature of `text` in Base64: SHA1withRSA for version 1, SHA256withRSA for version 2."""
        sign = self._sign
        if sign is None:
            sign = self._sign = _signing_function(self.key.private_key)
        return base64.b64encode(sign(text.encode("utf-8", "surrogatepass"), version)).decode("ascii")


def _signing_function(private_key: bytes) -> Sign:
    der = _der_of(private_key)
    try:
        sha1, sha256 = rsa_signing_function(der, "sha1"), rsa_signing_function(der, "sha256")
    except Unavailable:
        return cryptography_signing_function(private_key)
    return lambda data, version: sha256(data) if version == "2" else sha1(data)


def cryptography_signing_function(private_key: bytes) -> Sign:
    """Signs by `cryptography`, which works everywhere and takes 8 MB."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(private_key, None)
    assert isinstance(key, RSAPrivateKey)
    padding, sha1, sha256 = PKCS1v15(), SHA1(), SHA256()
    return lambda data, version: key.sign(data, padding, sha256 if version == "2" else sha1)


def _der_of(pem: bytes) -> bytes:
    return base64.b64decode(b"".join(line for line in pem.splitlines() if not line.startswith(b"-----")))
