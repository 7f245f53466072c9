"""Who posted a form: its fields carry the signature of its policy.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
"""

from __future__ import annotations

from collections.abc import Mapping

from awskit.access.identities import Identity
from awskit.errors import AwsError
from awskit.sigv4.authorization import MalformedSignature, MissingSignatureField, Signature, form_signature
from awskit.sigv4.caller import ANONYMOUS, DEFAULT_REGION, Caller, account_of
from awskit.sigv4.verification import verify_form
from services.s3.access.authentication import known
from services.s3.access.presigned_urls import known_secret
from services.s3.errors import invalid_argument
from services.s3.runtime import S3Runtime


def check_form(runtime: S3Runtime, fields: Mapping[str, str]) -> tuple[Caller, Identity | None]:
    """The form's caller, and the identity behind it, which is None where nothing is enforced.

    The signature is verified where signatures are enforced, or its secret is known as for presigned URLs. `fields` have
    their names in lower case.
    """
    signature = _signature(fields)
    if signature is None:
        return ANONYMOUS, None
    access_key_id = signature.credential.access_key_id
    region = signature.credential.region or DEFAULT_REGION
    identities = runtime.identities
    if not identities.enforced:
        secret = known_secret(runtime, signature)
        if secret is not None:
            verify_form(signature, secret)
        return Caller(access_key_id, account_of(access_key_id), region), None
    identity = known(runtime, signature)
    verify_form(signature, identity.secret_access_key)
    return Caller(access_key_id, identity.account_id, region), identity


def _signature(fields: Mapping[str, str]) -> Signature | None:
    try:
        signature = form_signature(fields)
    except MissingSignatureField as error:
        raise _missing(error.name) from None
    except MalformedSignature as error:
        raise AwsError("InvalidRequest", f"{error}.") from None
    if signature is None and "policy" in fields:
        if "signature" in fields or "x-amz-signature" in fields:
            raise _missing("AWSAccessKeyId")
        raise AwsError("AccessDenied", "Access Denied", 403)
    return signature


def _missing(name: str) -> AwsError:
    return invalid_argument(
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields.",
        name,
        "",
    )
