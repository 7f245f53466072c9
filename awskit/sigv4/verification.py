"""Verification of signatures, version 4 (and 4A) and 2, as pure functions of a `Signature`, a request and a secret key.

In: what `awskit.sigv4.authorization` read of a request's signature, the request, the secret of its access key, and the
time. Out: nothing, or a `ChunkVerifier` for a body whose chunks are signed. Raised: `AwsError` with S3's codes and
texts.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html (version 2)
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from awskit.errors import AwsError
from awskit.sigv4.asymmetric import is_signature_of
from awskit.sigv4.authorization import ALGORITHM_V4, ALGORITHM_V4A, Signature
from awskit.sigv4.signing import derived_key

UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
MAX_PRESIGNED_SECONDS = 604_800
MAX_SKEW_SECONDS = 15 * 60

_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_SPACES = re.compile(r" +")
# What version 2 signs of the query: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html
_V2_SUBRESOURCES = frozenset(
    (
        "acl accelerate analytics cors delete encryption inventory intelligent-tiering legal-hold lifecycle location"
        " logging metrics notification object-lock ownershipControls partNumber policy policyStatus publicAccessBlock"
        " replication requestPayment restore retention select select-type tagging torrent uploadId uploads versionId"
        " versioning versions website attributes response-cache-control response-content-disposition"
        " response-content-encoding response-content-language response-content-type response-expires"
    ).split()
)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """The request as it was signed.

    `path` is the raw path as sent; `resource` is the raw path with the bucket in front also where the host named it
    (version 2 signs that). Header names are lower-case. `body_sha256` is the body's digest where the service looks at
    the body rather than at `x-amz-content-sha256`, which S3 alone does.
    """

    method: str
    path: str
    resource: str
    query_string: str
    headers: Mapping[str, str]
    body_sha256: str | None = None


def verify(
    signature: Signature,
    request: SignedRequest,
    secret_key: str,
    now: float,
    max_skew: float = MAX_SKEW_SECONDS,
) -> None:
    """Check a header's or a query's signature at `now` (epoch seconds); raises AwsError where it does not hold.

    `max_skew` is how many seconds the clocks of client and server may be apart.
    """
    if signature.version == "v2":
        _verify_v2(signature, request, secret_key, now)
    else:
        _verify_v4(signature, request, secret_key, now, max_skew)


def verify_form(signature: Signature, secret_key: str) -> None:
    """Check the signature of a browser's POST form over its policy; the policy's own conditions are S3's to check."""
    policy = (signature.policy or "").encode()
    if signature.version == "v2":
        expected = base64.b64encode(hmac.new(secret_key.encode(), policy, hashlib.sha1).digest()).decode()
    else:
        expected = hmac.new(derived_key(secret_key, _scope(signature)), policy, hashlib.sha256).hexdigest()
    if not _is_same(expected, signature.signature):
        raise _mismatch(signature, policy.decode(errors="replace"))


class ChunkVerifier:
    """Checks the chunks of an `aws-chunked` body, each signed together with the one before.

    Version 4A's signatures have no fixed length: chunks fill them up with `*`, which is not signed.
    """

    def __init__(self, signature: Signature, secret_key: str) -> None:
        self._signature = signature
        self._is_signed = _checker(signature, secret_key)
        self._scope = f"{_v4_timestamp(signature)}\n{'/'.join(_scope(signature))}"
        self._previous = signature.signature

    def verify_chunk(self, sha256: str, signature: str) -> None:
        """`sha256` is the chunk's digest in hexadecimal; AwsError where `signature` is not that of this chunk."""
        self._verify("PAYLOAD", f"{_EMPTY_SHA256}\n{sha256}", signature)

    def verify_trailer(self, trailer: bytes, signature: str) -> None:
        """`trailer` is the trailer's lines, each ended by a line feed."""
        self._verify("TRAILER", hashlib.sha256(trailer).hexdigest(), signature)

    def _verify(self, part: str, digests: str, given: str) -> None:
        signature = given.rstrip("*") if self._signature.version == "v4a" else given
        text = f"{_algorithm(self._signature)}-{part}\n{self._scope}\n{self._previous}\n{digests}"
        if not self._is_signed(text, signature):
            raise _mismatch(self._signature, text, provided=given)
        self._previous = signature


def verify_without_secret(signature: Signature, request: SignedRequest, now: float) -> None:
    """What can be told of a presigned URL by anybody: its time, and headers that nobody signed. Raises AwsError."""
    if signature.version == "v2":
        if signature.expires is not None and now > signature.expires:
            raise _expired(signature.expires, now, None)
    else:
        _check_presigned_time(signature, _v4_time(signature), now)
        _check_all_signed(signature, request)


def is_signed_with(signature: Signature, request: SignedRequest, secret_key: str) -> bool:
    """Whether `secret_key` made this signature, whenever that was."""
    try:
        if signature.version == "v2":
            _check_v2_signature(signature, request, secret_key)
        else:
            _check_v4_signature(signature, request, secret_key)
    except AwsError:
        return False
    return True


def _verify_v4(signature: Signature, request: SignedRequest, secret_key: str, now: float, max_skew: float) -> None:
    presigned = signature.place == "query"
    signed_at = _v4_time(signature)
    if presigned:
        _check_presigned_time(signature, signed_at, now)
    else:
        _check_skew(signed_at, now, signature.timestamp, max_skew)
    if "host" not in signature.signed_headers:
        raise _malformed(signature, "the host header must be signed")
    _check_all_signed(signature, request)
    _check_v4_signature(signature, request, secret_key)


def _check_v4_signature(signature: Signature, request: SignedRequest, secret_key: str) -> None:
    presigned = signature.place == "query"
    payload = request.body_sha256 or request.headers.get("x-amz-content-sha256")
    if payload is None:
        if not presigned:
            raise AwsError("InvalidRequest", "Missing required header for this request: x-amz-content-sha256", 400)
        payload = UNSIGNED_PAYLOAD
    canonical = _canonical_request(signature, request, payload)
    text = "\n".join(
        (
            _algorithm(signature),
            _v4_timestamp(signature),
            "/".join(_scope(signature)),
            hashlib.sha256(canonical.encode()).hexdigest(),
        )
    )
    if not _checker(signature, secret_key)(text, signature.signature):
        raise _mismatch(signature, text, canonical)


def _algorithm(signature: Signature) -> str:
    return ALGORITHM_V4A if signature.version == "v4a" else ALGORITHM_V4


def _checker(signature: Signature, secret_key: str) -> Callable[[str, str], bool]:
    """What tells whether a text has a signature of the request's key, in its scope. The key is derived once."""
    if signature.version == "v4a":
        return partial(is_signature_of, signature.credential.access_key_id, secret_key)
    key = derived_key(secret_key, _scope(signature))
    return lambda text, given: _is_same(hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), given)


def _canonical_request(signature: Signature, request: SignedRequest, payload: str) -> str:
    given = parse_qsl(request.query_string, keep_blank_values=True, errors="surrogateescape")
    # A header stands for the parameter of its name, and that for a signed header that is not sent.
    held = {**{name: value for name, value in given if name.startswith("x-amz-")}, **request.headers}
    pairs = sorted(
        (_encode(name), _encode(held.get(name, value) if name.startswith("x-amz-") else value))
        for name, value in given
        if name != "X-Amz-Signature"
    )
    headers = "".join(f"{name}:{_SPACES.sub(' ', held.get(name, '').strip())}\n" for name in signature.signed_headers)
    return "\n".join(
        (
            request.method,
            quote(unquote_to_bytes(request.path), safe="/-_.~"),
            "&".join(f"{name}={value}" for name, value in pairs),
            headers,
            ";".join(signature.signed_headers),
            payload,
        )
    )


def _encode(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe="-_.~")


def _check_all_signed(signature: Signature, request: SignedRequest) -> None:
    unsigned = sorted(
        name for name in request.headers if name.startswith("x-amz-") and name not in signature.signed_headers
    )
    if signature.place == "query":
        # Whoever uses a presigned URL may add the digest of what is sent; and what its query has is signed there.
        signed = {part.partition("=")[0] for part in request.query_string.split("&")}
        unsigned = [name for name in unsigned if name != "x-amz-content-sha256" and name not in signed]
    if unsigned:
        raise AwsError(
            "AccessDenied",
            "There were headers present in the request which were not signed",
            403,
            members={"HeadersNotSigned": ", ".join(unsigned)},
        )


def _v4_time(signature: Signature) -> float:
    text = signature.timestamp
    try:
        parsed = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        if signature.place == "query":
            raise AwsError(
                "AuthorizationQueryParametersError",
                "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
                400,
            ) from None
        parsed_http = _http_date(text)
        if parsed_http is None:
            raise _no_date() from None
        return parsed_http
    if not text.startswith(signature.credential.date):
        raise _malformed(signature, f'Invalid credential date "{signature.credential.date}". This date is not the same')
    return parsed.timestamp()


def _v4_timestamp(signature: Signature) -> str:
    """The time as it is signed, which is not how a `Date` header states it."""
    return datetime.fromtimestamp(_v4_time(signature), UTC).strftime("%Y%m%dT%H%M%SZ")


def _check_presigned_time(signature: Signature, signed_at: float, now: float) -> None:
    expires = signature.expires or 0
    if expires > MAX_PRESIGNED_SECONDS:
        raise AwsError(
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than"
            f" {MAX_PRESIGNED_SECONDS} seconds",
            400,
        )
    if signed_at - now > MAX_SKEW_SECONDS:
        raise AwsError("AccessDenied", "Request is not yet valid", 403)
    if now > signed_at + expires:
        raise _expired(signed_at + expires, now, expires)


def _check_skew(signed_at: float, now: float, sent: str, max_skew: float = MAX_SKEW_SECONDS) -> None:
    if abs(signed_at - now) > max_skew:
        raise AwsError(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            403,
            members={
                "RequestTime": sent,
                "ServerTime": _iso(now),
                "MaxAllowedSkewMilliseconds": str(MAX_SKEW_SECONDS * 1000),
            },
        )


def _verify_v2(signature: Signature, request: SignedRequest, secret_key: str, now: float) -> None:
    if signature.place == "query":
        if signature.expires is not None and now > signature.expires:
            raise _expired(signature.expires, now, None)
    else:
        signed_at = _http_date(signature.timestamp)
        if signed_at is None:
            raise _no_date()
        _check_skew(signed_at, now, signature.timestamp)
    _check_v2_signature(signature, request, secret_key)


def _check_v2_signature(signature: Signature, request: SignedRequest, secret_key: str) -> None:
    headers = request.headers
    if signature.place == "query":
        date = str(signature.expires)
        given = parse_qsl(request.query_string, keep_blank_values=True, errors="surrogateescape")
        # What a presigned URL has in its query in place of headers is signed as those are.
        signed = {name.lower(): value for name, value in given if name[:6].lower() == "x-amz-"}
        signed.update((name, value) for name, value in headers.items() if name.startswith("x-amz-"))
    else:
        date = "" if "x-amz-date" in headers else signature.timestamp
        signed = {name: value for name, value in headers.items() if name.startswith("x-amz-")}
    amz = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    head = (request.method, headers.get("content-md5", ""), headers.get("content-type", ""), date)
    subresources = _v2_subresources(request.query_string)
    # Some SDKs sign a bucket's path with a slash at its end that they do not send.
    bucket = (f"{request.resource}/",) if request.resource.count("/") == 1 else ()
    texts = ["\n".join((*head, amz + resource + subresources)) for resource in (request.resource, *bucket)]
    if not any(_is_same(_v2_digest(secret_key, text), signature.signature) for text in texts):
        raise _mismatch(signature, texts[0])


def _is_same(expected: str, given: str) -> bool:
    """Whether they are the same, in time that does not say where they differ. `given` may hold anything."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def _v2_digest(secret_key: str, text: str) -> str:
    return base64.b64encode(hmac.new(secret_key.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _v2_subresources(query_string: str) -> str:
    signed = []
    for part in query_string.split("&"):
        name, equals, value = part.partition("=")
        if name in _V2_SUBRESOURCES:
            signed.append((name, equals, unquote_to_bytes(value.replace("+", " ")).decode("utf-8", "replace")))
    return "?" + "&".join("".join(parts) for parts in sorted(signed)) if signed else ""


def _scope(signature: Signature) -> tuple[str, ...]:
    credential = signature.credential
    if signature.version == "v4a":
        return credential.date, credential.service, "aws4_request"
    return credential.date, credential.region, credential.service, "aws4_request"


def _http_date(text: str) -> float | None:
    try:
        parsed = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)).timestamp()


def _iso(seconds: float) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))).strftime("%Y-%m-%dT%H:%M:%SZ")


def _no_date() -> AwsError:
    return AwsError("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header", 403)


def _malformed(signature: Signature, reason: str) -> AwsError:
    if signature.place == "query":
        return AwsError("AuthorizationQueryParametersError", f"Error parsing the X-Amz-Credential parameter; {reason}")
    return AwsError("AuthorizationHeaderMalformed", f"The authorization header is malformed; {reason}.")


def _expired(at: float, now: float, expires: int | None) -> AwsError:
    members = {"Expires": _iso(at), "ServerTime": _iso(now)}
    if expires is not None:
        members = {"X-Amz-Expires": str(expires), **members}
    return AwsError("AccessDenied", "Request has expired", 403, members=members)


def _mismatch(signature: Signature, text: str, canonical: str | None = None, provided: str | None = None) -> AwsError:
    members = {
        "AWSAccessKeyId": signature.credential.access_key_id,
        "StringToSign": text,
        "SignatureProvided": provided or signature.signature,
        "StringToSignBytes": binascii.hexlify(text.encode(), " ").decode(),
    }
    if canonical is not None:
        members["CanonicalRequest"] = canonical
        members["CanonicalRequestBytes"] = binascii.hexlify(canonical.encode(), " ").decode()
    return AwsError(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing"
        " method.",
        403,
        members=members,
    )
