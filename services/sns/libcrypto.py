"""RSA signatures by the OpenSSL that the interpreter has loaded for its own `ssl` module.

`cryptography` brings an OpenSSL of its own, 8 MB more in a process that has 50. In: a PKCS#8 key in DER. Out: what
signs by it. Raised: `Unavailable` where this interpreter's libcrypto cannot be called, or does not sign with SHA-1.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any


class Unavailable(Exception):
    """Sign with `cryptography` instead."""


def rsa_signing_function(private_key: bytes, digest: str) -> Callable[[bytes], bytes]:
    """`sign(data)`: RSASSA-PKCS1-v1_5 over `digest` ("sha1", "sha256") of `data`. Raises Unavailable."""
    library = _library()
    buffer = ctypes.c_char_p(private_key)
    key = library.d2i_AutoPrivateKey(None, ctypes.byref(buffer), len(private_key))
    algorithm = library.EVP_get_digestbyname(digest.encode("ascii"))
    if not key or not algorithm:
        raise Unavailable("the key or the digest cannot be used")
    size = library.EVP_PKEY_get_size(key)

    def sign(data: bytes) -> bytes:
        context = library.EVP_MD_CTX_new()
        try:
            length = ctypes.c_size_t(size)
            signature = ctypes.create_string_buffer(size)
            if (
                library.EVP_DigestSignInit(context, None, algorithm, None, key) != 1
                or library.EVP_DigestSign(context, signature, ctypes.byref(length), data, len(data)) != 1
            ):
                raise Unavailable("libcrypto refuses to sign")
            return signature.raw[: length.value]
        finally:
            library.EVP_MD_CTX_free(context)

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
            ("EVP_MD_CTX_new", pointer, ()),
            ("EVP_MD_CTX_free", None, (pointer,)),
            ("EVP_DigestSignInit", ctypes.c_int, (pointer, pointer, pointer, pointer, pointer)),
            ("EVP_DigestSign", ctypes.c_int, (pointer, pointer, pointer, ctypes.c_char_p, size)),
        ):
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise Unavailable(str(error)) from error
    return library
