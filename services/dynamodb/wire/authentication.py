"""Whether a request is signed at all: AWS answers one that is not before it looks at anything else.

In: a request head. Raised: `AwsError` with the codes and texts of AWS's front end. The signature itself is not
verified: any credentials do.
"""

from __future__ import annotations

import re
from typing import Final

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest

_SEPARATORS: Final = re.compile(r"[,\s]+")
_HEADER_PARTS: Final = ("Credential", "Signature", "SignedHeaders")
_QUERY_PARTS: Final = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")


def check_signed(request: HttpRequest) -> None:
    """Raise where the request carries no signature, or not all of one."""
    authorization = request.headers.get("authorization")
    if "X-Amz-Algorithm" in request.query_string and any(name == "X-Amz-Algorithm" for name, _ in request.query):
        if authorization is not None:
            raise AwsError(
                "InvalidSignatureException",
                "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
            )
        _check_query(request)
    elif authorization is None or not authorization.startswith("AWS4-"):
        raise AwsError("MissingAuthenticationTokenException", "Request is missing Authentication Token")
    elif not ("Credential=" in authorization and "Signature=" in authorization and "SignedHeaders=" in authorization):
        _check_header(request, authorization)


def _is_dated(request: HttpRequest) -> bool:
    return "x-amz-date" in request.headers or "date" in request.headers


def _check_header(request: HttpRequest, authorization: str) -> None:
    given = {part.partition("=")[0] for part in _SEPARATORS.split(authorization)}
    texts = [f"Authorization header requires '{name}' parameter." for name in _HEADER_PARTS if name not in given]
    if not _is_dated(request):
        texts.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if texts:
        raise AwsError("IncompleteSignatureException", f"{' '.join(texts)} Authorization={authorization}")


def _check_query(request: HttpRequest) -> None:
    given = {name for name, value in request.query if value}
    texts = [f"AWS query-string parameters must include '{name}'." for name in _QUERY_PARTS if name not in given]
    if texts:
        texts.append("Re-examine the query-string parameters.")
        raise AwsError("IncompleteSignatureException", " ".join(texts))
