"""Signatures: both ways of making them agree, and the certificate checks them."""

from __future__ import annotations

import base64
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from services.sns.messages.signing import (
    SignatureVersion,
    Signer,
    cryptography_signing_function,
    generate_signing_key,
)


@pytest.mark.parametrize("version", ["1", "2"])
def test_signatures(version: SignatureVersion) -> None:
    key = generate_signing_key(time.time())
    signature = base64.b64decode(Signer(key).sign("héllo", version))
    assert signature == cryptography_signing_function(key.private_key)("héllo".encode(), version)
    public = x509.load_pem_x509_certificate(key.certificate).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    digest = hashes.SHA256() if version == "2" else hashes.SHA1()
    public.verify(signature, "héllo".encode(), padding.PKCS1v15(), digest)


def test_the_certificates_path_names_the_key() -> None:
    key = generate_signing_key(time.time())
    assert key.certificate_path == f"/_aws/sns/SimpleNotificationService-{key.id}.pem"
    assert len(key.id) == 32
