"""Whose request it is, where signatures are enforced.

In: a request. Out: the identity that has signed it. Raised: `InvalidAccessKeyId`, `SignatureDoesNotMatch`,
`RequestTimeTooSkewed`, `AccessDenied` (a presigned URL's time is over), `AuthorizationHeaderMalformed`, ...
"""

from __future__ import annotations

from awskit.access.identities import FLEET_KEY_ID, ExpiredSession, Identity, UnknownIdentity
from awskit.access.signatures import acting_for
from awskit.errors import AwsError
from awskit.sigv4.authorization import (
    MalformedSignature,
    MissingSignatureField,
    Signature,
    signature_of,
)
from awskit.sigv4.client_watch import now_for
from awskit.sigv4.verification import ChunkVerifier, SignedRequest, verify
from awskit.wire.http import HttpRequest
from services.s3.buckets.virtual_hosts import meaning_of
from services.s3.errors import invalid_argument
from services.s3.runtime import S3Context, S3Runtime

_V2_PARAMETERS = ("AWSAccessKeyId", "Signature", "Expires")
_SIGNED_CHUNKS = ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD")


def authenticate(runtime: S3Runtime, request: HttpRequest) -> Identity | None:
    """Who has signed the request, verified; None for an anonymous caller."""
    signature = signature_in(request)
    if signature is None:
        return None
    identity = known(runtime, signature)
    verify(signature, as_signed(runtime, request), identity.secret_access_key, now_for(signature, runtime.clock))
    _check_framing(request, signature)
    if identity.access_key_id == FLEET_KEY_ID:
        return acting_for(identity, signature, request.headers)
    return identity


def known(runtime: S3Runtime, signature: Signature) -> Identity:
    """The identity that signed; `InvalidAccessKeyId`, `InvalidToken`, `ExpiredToken`."""
    access_key_id, token = signature.credential.access_key_id, signature.session_token
    try:
        return runtime.identities.access.identities.find(access_key_id, token, runtime.clock.source_now)
    except ExpiredSession:
        raise AwsError("ExpiredToken", "The provided token has expired.", 400, members={"Token-0": token}) from None
    except UnknownIdentity:
        if token:
            message = "The provided token is malformed or otherwise invalid."
            raise AwsError("InvalidToken", message, 400, members={"Token-0": token}) from None
        raise AwsError(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
            members={"AWSAccessKeyId": access_key_id},
        ) from None


def chunk_verifier(context: S3Context) -> ChunkVerifier | None:
    """The verifier of a body's chunks; None where they are not signed or nothing is enforced."""
    identity = context.identity
    if identity is None or not context.runtime.identities.enforced:
        return None
    if not context.request.header("x-amz-content-sha256").startswith(_SIGNED_CHUNKS):
        return None
    signature = signature_in(context.request)
    return None if signature is None else ChunkVerifier(signature, identity.secret_access_key)


def _check_framing(request: HttpRequest, signature: Signature) -> None:
    """A frame that takes the body apart has to be signed with it: by the digest's header, or by its own."""
    if "aws-chunked" not in request.header("content-encoding") or signature.version != "v4":
        return
    if request.header("x-amz-content-sha256").startswith("STREAMING-"):
        return
    if "content-encoding" not in signature.signed_headers:
        raise AwsError(
            "AccessDenied",
            "There were headers present in the request which were not signed",
            403,
            members={"HeadersNotSigned": "content-encoding"},
        )


def signature_in(request: HttpRequest) -> Signature | None:
    """The signature in the request's header or its query. Raises what AWS says of one that cannot be read."""
    if request.headers.get("authorization", "-").strip() == "":
        return None
    authorization = request.headers.get("authorization")
    try:
        return signature_of(request.headers, request.query_string)
    except MissingSignatureField as error:
        if authorization is None:
            raise _incomplete(error) from None
        raise AwsError("AuthorizationHeaderMalformed", f"The authorization header is malformed; {error}.") from None
    except MalformedSignature as error:
        if authorization is None:
            raise AwsError("AuthorizationQueryParametersError", str(error)) from None
        if authorization.startswith("AWS4-"):
            raise AwsError("AuthorizationHeaderMalformed", f"The authorization header is malformed; {error}.") from None
        raise invalid_argument("Unsupported Authorization Type", "Authorization", authorization) from None


def _incomplete(error: MissingSignatureField) -> AwsError:
    if error.name in _V2_PARAMETERS:
        return AwsError(
            "AccessDenied",
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
            403,
        )
    return AwsError(
        "AuthorizationQueryParametersError",
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature,"
        " X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    )


def as_signed(runtime: S3Runtime, request: HttpRequest) -> SignedRequest:
    """The request as its client signed it, before a bucket of the host came into the path."""
    path = resource = request.path
    if request.via is not None:
        path, resource = request.via.path, request.via.resource
    else:
        meaning = meaning_of(request.header("host"), runtime.settings.hostname)
        if meaning.bucket is not None:
            path = path.removeprefix(f"/{meaning.bucket}") or "/"
    headers = {name: value if value.isascii() else _utf8(value) for name, value in request.headers.items()}
    return SignedRequest(request.method, path, resource, request.query_string, headers)


def _utf8(value: str) -> str:
    """A header's text, where its bytes were UTF-8."""
    return value.encode("latin-1").decode("utf-8", "replace")
