"""Makes certificates: an authority's own, and those of servers. Run as a program, which ends with its work.

`make_authority` and `issue` run it: `cryptography` takes 14 MB of memory, which the gateway has no use for otherwise.
"""

from __future__ import annotations

import ipaddress
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_AUTHORITY_DAYS = 3650
_SERVER_DAYS = 397  # clients take no longer ones
_BACKDATED = timedelta(days=1)  # for clients whose clocks are behind


_SECONDS = 60


def make_authority() -> bytes:
    """A new authority: its private key, then its certificate (PEM). Raises OSError."""
    return _run([], b"")


def issue(authority: bytes, names: tuple[str, ...]) -> bytes:
    """A key and a certificate for servers of these host names and addresses, and the authority's (PEM).

    `authority` as `make_authority` makes it. Raises OSError.
    """
    return _run(list(names), authority)


def certificate_of(pem: bytes) -> bytes:
    """The certificate behind a key (PEM)."""
    return pem[pem.index(b"-----BEGIN CERTIFICATE-----") :]


def _run(names: list[str], authority: bytes) -> bytes:
    command = [sys.executable, "-P", __file__, *names]  # -P: beside this file lie modules of other programs
    try:
        done = subprocess.run(command, input=authority, capture_output=True, timeout=_SECONDS, check=True)
    except subprocess.SubprocessError as error:
        said = getattr(error, "stderr", None) or b""
        raise OSError(f"no certificate could be made: {error} {said.decode(errors='replace')[-500:]}") from error
    return done.stdout


def _new_authority() -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("RustStack local authority")
    builder = _begun(name, name, key, _AUTHORITY_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage(authority=True), critical=True)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)
    return _key_pem(key) + _pem(builder.sign(key, hashes.SHA256()))


def _issue(authority: bytes, names: list[str]) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509.oid import ExtendedKeyUsageOID

    signing: Any = load_pem_private_key(authority, None)
    certificate = x509.load_pem_x509_certificate(authority)
    key = ec.generate_private_key(ec.SECP256R1())
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    builder = _begun(_name("RustStack"), certificate.subject, key, _SERVER_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(authority=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
    builder = builder.add_extension(identifier, False)
    builder = builder.add_extension(x509.SubjectAlternativeName(map(_general_name, names)), False)
    return _key_pem(key) + _pem(builder.sign(signing, hashes.SHA256())) + _pem(certificate)


def _begun(subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    from cryptography import x509

    begins = datetime.now(UTC) - _BACKDATED
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(text: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _pem(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    pem: bytes = certificate.public_bytes(Encoding.PEM)
    return pem


if __name__ == "__main__":
    sys.stdout.buffer.write(_issue(sys.stdin.buffer.read(), sys.argv[1:]) if sys.argv[1:] else _new_authority())
