"""RSA signatures by the OpenSSL that the interpreter has loaded for its own `ssl` module.

`cryptography` brings an OpenSSL of its own, 8 MB more in a process that has 50. In: a PKCS#8 key in DER. Out: what
signs by it. Raised: `Unavailable` where this interpreter's libcrypto cannot be called, or does not sign with SHA-1.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable
from typing import Any

_PKCS1_PADDING = 1


class Unavailable(Exception):
    """Sign with `cryptography` instead."""


def rsa_signing_function(private_key: bytes, digest: str) -> Callable[[bytes], bytes]:
    """`sign(data)`: RSASSA-PKCS1-v1_5 over `digest` ("sha1", "sha256") of `data`. Raises Unavailable."""
    library = _library()
    buffer = ctypes.c_char_p(private_key)
    key = library.d2i_AutoPrivateKey(None, ctypes.byref(buffer), len(private_key))
    algorithm = library.EVP_get_digestbyname(digest.encode("ascii"))
    # One context for all signatures: they are made one after the other, and setting one up takes a tenth of the time.
    context = library.EVP_PKEY_CTX_new(key, None) if key and algorithm else None
    if (
        context is None
        or library.EVP_PKEY_sign_init(context) != 1
        or library.EVP_PKEY_CTX_set_rsa_padding(context, _PKCS1_PADDING) != 1
        or library.EVP_PKEY_CTX_set_signature_md(context, algorithm) != 1
    ):
        raise Unavailable("the key or the digest cannot be used")
    size = library.EVP_PKEY_get_size(key)
    signature = ctypes.create_string_buffer(size)
    length = ctypes.c_size_t(size)
    length_reference = ctypes.byref(length)
    hash_of = getattr(hashlib, digest)

    def sign(data: bytes) -> bytes:
        hashed = hash_of(data).digest()
        length.value = size
        if library.EVP_PKEY_sign(context, signature, length_reference, hashed, len(hashed)) != 1:
            raise Unavailable("libcrypto refuses to sign")
        return signature.raw[: length.value]

    sign(b"")
    return sign


def _library() -> Any:
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    try:
        library = ctypes.CDLL("libcrypto.so.3")
        for name, result, arguments in (
            ("d2i_AutoPrivateKey", pointer, (pointer, pointer, ctypes.c_long)),
            ("EVP_get_digestbyname", pointer, (ctypes.c_char_p,)),
            ("EVP_PKEY_get_size", ctypes.c_int, (pointer,)),
            ("EVP_PKEY_CTX_new", pointer, (pointer, pointer)),
            ("EVP_PKEY_sign_init", ctypes.c_int, (pointer,)),
            ("EVP_PKEY_CTX_set_rsa_padding", ctypes.c_int, (pointer, ctypes.c_int)),
            ("EVP_PKEY_CTX_set_signature_md", ctypes.c_int, (pointer, pointer)),
            ("EVP_PKEY_sign", ctypes.c_int, (pointer, pointer, pointer, ctypes.c_char_p, size)),
        ):
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise Unavailable(str(error)) from error
    return library
