"""What an upload's head says of its body: length, Content-MD5, checksums in headers or in a trailer, the signed hash.

In: the operation's input and the request's headers. Out: `Claims`. Raised: `InvalidDigest`, `InvalidRequest`,
`MissingContentLength`, ...
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from awskit.bounds.integers import parse_natural
from awskit.errors import AwsError
from services.s3.bodies import checksums
from services.s3.bodies.aws_chunked import ChunkedBody, ChunkVerifier
from services.s3.errors import invalid_argument, invalid_request

DEFAULT_ALGORITHM = "CRC64NVME"
"""What S3 computes of an object whose uploader names no checksum."""

_CHECKSUM_MEMBERS = frozenset(checksums.ALGORITHM_OF_MEMBER)
_CHECKSUM = "x-amz-checksum-"
_CHECKSUM_HEADERS = frozenset(
    (*checksums.ALGORITHM_OF_HEADER, *(_CHECKSUM + what for what in ("algorithm", "mode", "type")))
)
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")
_STREAMING = "STREAMING-"
_FRAMES = frozenset(
    (
        "UNSIGNED-PAYLOAD-TRAILER AWS4-HMAC-SHA256-PAYLOAD AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
        " AWS4-ECDSA-P256-SHA256-PAYLOAD AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"
    ).split()
)


@dataclass(slots=True)
class Claims:
    """`length` is that of the decoded body. `algorithms` are those to compute; `declared` the one the uploader chose.

    `given` maps algorithms to checksums in headers; `body` is the one whose trailers hold `trailing` ones, where it is
    framed by `aws-chunked`.
    """

    length: int | None
    md5: bytes | None = None
    sha256: str | None = None
    algorithms: frozenset[str] = frozenset()
    declared: str | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    trailing: str | None = None
    chunked: bool = False
    body: ChunkedBody | None = None
    of_part: bool = False

    def expected(self) -> Mapping[str, str]:
        """The checksums that the received bytes must have; asked once the body has been read."""
        if self.trailing is None:
            return self.given
        trailers = self.body.trailers if self.body is not None else {}
        value = trailers.get(f"x-amz-checksum-{self.trailing.lower()}")
        if value is None:
            raise AwsError(
                "MalformedTrailerError",
                "The request contained trailing data that was not well-formed or did not conform to our published"
                " schema.",
            )
        _check_form(self.trailing, value, "trailing header")
        return {**self.given, self.trailing: value}


def claims_of(
    input: Mapping[str, Any], headers: Mapping[str, str], *, default: str | None = DEFAULT_ALGORITHM
) -> Claims:
    """Read the claims of an upload. `default` is the algorithm to compute where the uploader names none."""
    given = _given(input)
    trailing = _trailing_algorithm(headers.get("x-amz-trailer"))
    if trailing is not None and given:
        raise invalid_request("Expecting a single x-amz-checksum- header")
    declared = next(iter(given), None) or trailing
    if declared is None and _CHECKSUM in " ".join(headers) and _has_unknown_checksum(headers):
        raise invalid_request("The algorithm type you specified in x-amz-checksum- header is invalid.")
    sdk_algorithm = input.get("ChecksumAlgorithm")
    if sdk_algorithm is not None:
        _check_sdk_algorithm(sdk_algorithm, declared)
    chosen = declared or default
    chunked = is_chunked(headers)
    return Claims(
        _length(headers, chunked=chunked),
        _md5(input.get("ContentMD5")),
        _signed_hash(headers),
        frozenset((chosen,)) if chosen else frozenset(),
        declared,
        given,
        trailing,
        chunked,
    )


def _has_unknown_checksum(headers: Mapping[str, str]) -> bool:
    return any(name.startswith(_CHECKSUM) and name not in _CHECKSUM_HEADERS for name in headers)


def _given(input: Mapping[str, Any]) -> dict[str, str]:
    if _CHECKSUM_MEMBERS.isdisjoint(input):
        return {}
    given = {algorithm: input[member] for member, algorithm in checksums.ALGORITHM_OF_MEMBER.items() if member in input}
    if len(given) > 1:
        raise invalid_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    for algorithm, value in given.items():
        _check_form(algorithm, value)
    return given


def is_chunked(headers: Mapping[str, str]) -> bool:
    """Whether the body is framed by `aws-chunked`."""
    if headers.get("x-amz-content-sha256", "").startswith(_STREAMING):
        return True
    return "x-amz-decoded-content-length" in headers and "aws-chunked" in headers.get("content-encoding", "")


def decoded(
    source: AsyncIterable[bytes], claims: Claims, verifier: ChunkVerifier | None = None
) -> AsyncIterable[bytes]:
    """`source` without its `aws-chunked` frame, where it has one."""
    if not claims.chunked:
        return source
    if claims.length is None:
        raise missing_content_length()
    claims.body = ChunkedBody(source, claims.length, verifier)
    return claims.body


def content_encoding(value: str | None) -> str | None:
    """`Content-Encoding` as it is stored: `aws-chunked` frames the request, not the object."""
    if value is None or "aws-chunked" not in value:
        return value
    kept = [part.strip() for part in value.split(",") if part.strip() and part.strip() != "aws-chunked"]
    return ",".join(kept) or None


def missing_content_length() -> AwsError:
    """The refusal (411) of an upload that says its length nowhere."""
    return AwsError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)


def _length(headers: Mapping[str, str], *, chunked: bool) -> int | None:
    decoded_length = headers.get("x-amz-decoded-content-length") if chunked else None
    text = headers.get("content-length") if decoded_length is None else decoded_length
    if text is None:
        return None
    try:
        return parse_natural(text)
    except ValueError:
        if decoded_length is not None:
            raise missing_content_length() from None
        raise invalid_argument("The content length is not a valid number.", "Content-Length", text) from None


def _md5(value: str | None) -> bytes | None:
    if value is None:
        return None
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != 16:
        raise AwsError("InvalidDigest", "The Content-MD5 you specified was invalid.", members={"Content-MD5": value})
    return digest


def _signed_hash(headers: Mapping[str, str]) -> str | None:
    value = headers.get("x-amz-content-sha256", "")
    if not value or value == "UNSIGNED-PAYLOAD":
        return None
    if value.startswith(_STREAMING):
        frame = value.removeprefix(_STREAMING)
        if frame in _FRAMES:
            return None
    if _HEX_SHA256.fullmatch(value) is None:
        raise invalid_argument(
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER,"
            " STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER,"
            " STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid"
            " sha256 value.",
            "x-amz-content-sha256",
            value,
        )
    return value


def _trailing_algorithm(trailer: str | None) -> str | None:
    if trailer is None:
        return None
    algorithm = checksums.ALGORITHM_OF_HEADER.get(trailer.strip().lower())
    if algorithm is None:
        raise invalid_request("The value specified in the x-amz-trailer header is not supported")
    return algorithm


def _check_form(algorithm: str, value: str, where: str = "header") -> None:
    if not checksums.is_well_formed(algorithm, value):
        raise invalid_request(f"Value for x-amz-checksum-{algorithm.lower()} {where} is invalid.")


def _check_sdk_algorithm(name: str, declared: str | None) -> None:
    algorithm = name.upper()
    if algorithm not in checksums.MEMBER_OF:
        raise invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.")
    if declared is None:
        raise invalid_request(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers"
            " were found."
        )
    if algorithm != declared:
        raise invalid_request("Value for x-amz-sdk-checksum-algorithm header is invalid.")
