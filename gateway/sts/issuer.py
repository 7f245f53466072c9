"""Who has signed the tokens of GetWebIdentityToken: keys, and what others need to verify with them.

In: the name of an algorithm and what is to be signed. Out: signatures; the documents of OpenID Connect's discovery and
RFC 7517's key set. The keys are made when they are first used, and kept beside the authority for https where that is.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from awskit.wire.http import HttpRequest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    Key: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey

ALGORITHMS = ("RS256", "ES384")
PATH = "/_aws/sts/tokens/"

_DISCOVERY = "/.well-known/openid-configuration"
_KEY_SET = "/.well-known/jwks.json"
_ES384_BYTES = 48


def issuer_of(endpoint: str, account_id: str) -> str:
    """The `iss` of an account's tokens."""
    return f"{endpoint}{PATH}{account_id}"


class TokenKeys:
    """See the module. `folder` is None where the keys are gone with the process."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._keys: dict[str, Key] = {}
        self._lock = threading.Lock()

    def key_id(self, algorithm: str) -> str:
        """The `kid` of the algorithm's key."""
        content = "".join(str(value) for value in self._public(algorithm).values())
        return hashlib.sha256(content.encode()).hexdigest()[:32]

    def sign(self, algorithm: str, data: bytes) -> bytes:
        """The signature, as RFC 7518 has it."""
        from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
        from cryptography.hazmat.primitives.hashes import SHA256, SHA384

        key = self._key(algorithm)
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(data, padding.PKCS1v15(), SHA256())
        first, second = utils.decode_dss_signature(key.sign(data, ec.ECDSA(SHA384())))
        return first.to_bytes(_ES384_BYTES, "big") + second.to_bytes(_ES384_BYTES, "big")

    def documents(self, request: HttpRequest, endpoint: str) -> Mapping[str, Any] | None:
        """What is at a path below `PATH`; None where nothing is."""
        account_id, slash, name = request.path.removeprefix(PATH).partition("/")
        if slash + name == _KEY_SET:
            return {"keys": [self._jwk(algorithm) for algorithm in ALGORITHMS]}
        if slash + name != _DISCOVERY:
            return None
        issuer = issuer_of(endpoint, account_id)
        return {
            "issuer": issuer,
            "jwks_uri": issuer + _KEY_SET,
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ALGORITHMS,
            "claims_supported": ["aud", "exp", "iat", "iss", "jti", "sub"],
        }

    def _jwk(self, algorithm: str) -> dict[str, str]:
        return {**self._public(algorithm), "alg": algorithm, "use": "sig", "kid": self.key_id(algorithm)}

    def _public(self, algorithm: str) -> dict[str, str]:
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = self._key(algorithm)
        if isinstance(key, rsa.RSAPrivateKey):
            numbers = key.public_key().public_numbers()
            size = (numbers.n.bit_length() + 7) // 8
            return {"kty": "RSA", "n": _number(numbers.n, size), "e": _number(numbers.e, 3)}
        point = key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-384", "x": _number(point.x, _ES384_BYTES), "y": _number(point.y, _ES384_BYTES)}

    def _key(self, algorithm: str) -> Key:
        with self._lock:
            key = self._keys.get(algorithm)
            if key is None:
                key = self._keys[algorithm] = self._kept(algorithm)
            return key

    def _kept(self, algorithm: str) -> Key:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, rsa

        path = self._folder / f"sts-tokens-{algorithm}.pem" if self._folder is not None else None
        if path is not None and path.exists():
            found = serialization.load_pem_private_key(path.read_bytes(), None)
            if isinstance(found, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
                return found
        made: Key = (
            rsa.generate_private_key(65_537, 2048) if algorithm == "RS256" else ec.generate_private_key(ec.SECP384R1())
        )
        if path is not None:
            pem = made.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = path.with_suffix(".new")
            temporary.touch(mode=0o600)
            temporary.write_bytes(pem)
            temporary.replace(path)
        return made


def _number(value: int, size: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes(size, "big")).rstrip(b"=").decode("ascii")
