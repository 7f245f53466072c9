"""Whose request it is, where signatures are enforced.

In: a request. Out: the caller, in the context. Raised: `InvalidAccessKeyId`, `SignatureDoesNotMatch`,
`RequestTimeTooSkewed`, `AccessDenied` (a presigned URL's time is over), `AuthorizationHeaderMalformed`, ...
"""

from __future__ import annotations

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
from services.s3.ownership.identities import Identities, Identity
from services.s3.runtime import S3Context

_V2_PARAMETERS = ("AWSAccessKeyId", "Signature", "Expires")
_SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


def authenticate(context: S3Context) -> Signature | None:
    """Verify the request's signature and put its account into the context; None for an anonymous caller."""
    request = context.request
    signature = signature_in(request)
    if signature is None:
        context.access_key_id = None
        return None
    identity = known(context.runtime.identities, signature)
    now = now_for(signature, context.runtime.clock)
    verify(signature, as_signed(context), identity.secret_access_key, now)
    context.access_key_id = identity.access_key_id
    context.account_id = identity.account_id
    return signature


def known(identities: Identities, signature: Signature) -> Identity:
    """The identity that signed; `InvalidAccessKeyId`."""
    access_key_id = signature.credential.access_key_id
    identity = identities.find(access_key_id)
    if identity is None:
        raise AwsError(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
            members={"AWSAccessKeyId": access_key_id},
        )
    return identity


def chunk_verifier(context: S3Context) -> ChunkVerifier | None:
    """The verifier of a body's chunks; None where they are not signed or nothing is enforced."""
    identities = context.runtime.identities
    if not identities.enforced:
        return None
    if not context.request.header("x-amz-content-sha256").startswith(_SIGNED_CHUNKS):
        return None
    signature = signature_in(context.request)
    return None if signature is None else ChunkVerifier(signature, known(identities, signature).secret_access_key)


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


def as_signed(context: S3Context) -> SignedRequest:
    """The request as its client signed it, before a bucket of the host came into the path."""
    request = context.request
    path = request.path
    meaning = meaning_of(request.header("host"), context.runtime.settings.hostname)
    if meaning.bucket is not None:
        path = path.removeprefix(f"/{meaning.bucket}") or "/"
    headers = {name: value if value.isascii() else _utf8(value) for name, value in request.headers.items()}
    return SignedRequest(request.method, path, request.path, request.query_string, headers)


def _utf8(value: str) -> str:
    """A header's text, where its bytes were UTF-8."""
    return value.encode("latin-1").decode("utf-8", "replace")
