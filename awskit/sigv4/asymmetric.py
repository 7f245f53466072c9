"""Version 4A: the signature of several regions, by a key pair that follows from an access key and its secret.

In: an access key, its secret, the text that was signed, the signature. Out: whether they fit. Nothing is raised.
`cryptography` is imported where the first such signature comes.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html (key derivation: NIST
SP 800-108, in counter mode)
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING

from awskit.sigv4.authorization import ALGORITHM_V4A

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256."""
_LAST_COUNTER = 254


def is_signature_of(access_key_id: str, secret_access_key: str, text: str, signature: str) -> bool:
    """Whether `signature` (DER, in hexadecimal) of `text` was made with the access key's own key."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        public_key(access_key_id, secret_access_key).verify(
            binascii.unhexlify(signature), text.encode(), ECDSA(SHA256())
        )
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=64)
def public_key(access_key_id: str, secret_access_key: str) -> EllipticCurvePublicKey:
    """The public half of the pair that signs for an access key."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    return derive_private_key(_private_number(access_key_id, secret_access_key), SECP256R1()).public_key()


def _private_number(access_key_id: str, secret_access_key: str) -> int:
    key = f"AWS4A{secret_access_key}".encode()
    for counter in range(1, _LAST_COUNTER + 1):
        context = access_key_id.encode() + bytes((counter,))
        fixed = b"\x00\x00\x00\x01" + ALGORITHM_V4A.encode() + b"\x00" + context + b"\x00\x00\x01\x00"
        candidate = int.from_bytes(hmac.new(key, fixed, hashlib.sha256).digest())
        if candidate <= _ORDER - 2:
            return candidate + 1
    raise ArithmeticError("no private key follows from the access key")  # once in 2 ** 8128
