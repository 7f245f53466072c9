"""Who posted a form: its fields carry the signature of its policy.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from awskit.caller import ANONYMOUS, DEFAULT_REGION, Caller, account_of
from awskit.errors import AwsError
from awskit.sigv4 import MalformedSignature, Signature, form_signature
from services.s3.access.identities import Identity
from services.s3.errors import invalid_argument
from services.s3.runtime import S3Runtime


def check_form(runtime: S3Runtime, fields: Mapping[str, str]) -> Caller:
    """The form's caller, verified where signatures are enforced. `fields` have their names in lower case."""
    signature = _signature(fields)
    if signature is None:
        return ANONYMOUS
    access_key_id = signature.credential.access_key_id
    region = signature.credential.region or DEFAULT_REGION
    identities = runtime.identities
    if not identities.enforced:
        return Caller(access_key_id, account_of(access_key_id), region)
    identity = identities.find(access_key_id)
    if identity is None:
        raise AwsError(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
            members={"AWSAccessKeyId": access_key_id},
        )
    if not hmac.compare_digest(_expected(identity, signature).encode(), signature.signature.encode()):
        raise AwsError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing"
            " method.",
            403,
            members={"AWSAccessKeyId": access_key_id, "StringToSign": signature.policy or ""},
        )
    return Caller(access_key_id, identity.account_id, region)


def _signature(fields: Mapping[str, str]) -> Signature | None:
    try:
        signature = form_signature(fields)
    except MalformedSignature as error:
        raise invalid_argument(
            f"Bucket POST must contain a field named '{str(error).removeprefix('missing ')}'.  If it is specified,"
            " please check the order of the fields.",
            str(error).removeprefix("missing "),
            "",
        ) from None
    if signature is None and "policy" in fields:
        raise AwsError("AccessDenied", "Access Denied", 403)
    return signature


def _expected(identity: Identity, signature: Signature) -> str:
    policy = (signature.policy or "").encode()
    secret = identity.secret_access_key
    if signature.version == "v2":
        return base64.b64encode(hmac.digest(secret.encode(), policy, hashlib.sha1)).decode()
    credential = signature.credential
    key = f"AWS4{secret}".encode()
    for part in (credential.date, credential.region, credential.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return hmac.digest(key, policy, hashlib.sha256).hex()
