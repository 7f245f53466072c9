"""GetWebIdentityToken: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html

The token can be verified as one of AWS's: its issuer is a path of this endpoint, below which are the OpenID Connect
discovery document and the public keys (`gateway.sts.issuer`).

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_outbound_token_claims.html
"""

from __future__ import annotations

import asyncio
import re
import uuid
from typing import Any

from awskit.errors import AwsError
from awskit.resources.arns import global_arn, parse_arn
from awskit.service.operation import Input, Output, async_operation
from gateway.sts.issuer import ALGORITHMS, issuer_of
from gateway.sts.principal import StsContext
from gateway.sts.web_tokens import encoded

_SECONDS = 300
_LARGEST = 8192
_ASSUMED_ROLE = re.compile(r"assumed-role/([^/]+)/").match


@async_operation("GetWebIdentityToken")
async def get_web_identity_token(context: StsContext, input: Input) -> Output:
    """A signed JWT that says to others who the caller is."""
    algorithm = input["SigningAlgorithm"]
    if algorithm not in ALGORITHMS:
        text = f"SigningAlgorithm {algorithm} is none of {', '.join(ALGORITHMS)}"
        raise AwsError("ValidationError", text)
    principal = context.principal
    now = int(context.clock.now())
    until = now + input.get("DurationSeconds", _SECONDS)
    if principal.expires_at is not None and until > principal.expires_at:
        text = "The requested token duration would extend the session beyond its original expiration time"
        raise AwsError("SessionDurationEscalationException", text, 403)
    subject = _subject(context)
    own: dict[str, Any] = {
        "aws_account": principal.account_id,
        "source_region": context.region,
        "principal_id": subject,
        "request_tags": {tag["Key"]: tag["Value"] for tag in input.get("Tags", ())},
    }
    audience = input["Audience"]
    claims = {
        "aud": audience[0] if len(audience) == 1 else audience,
        "sub": subject,
        "https://sts.amazonaws.com/": own,
        "iss": issuer_of(context.endpoint, principal.account_id),
        "exp": until,
        "iat": now,
        "jti": str(uuid.uuid4()),
    }
    payload = encoded(claims)
    if len(payload) > _LARGEST:
        text = "The requested token payload size exceeds the maximum allowed size"
        raise AwsError("JWTPayloadSizeExceededException", text)
    keys = context.token_keys
    key_id = await asyncio.to_thread(keys.key_id, algorithm)
    signed = f"{encoded({'alg': algorithm, 'kid': key_id, 'typ': 'JWT'})}.{payload}"
    signature = await asyncio.to_thread(keys.sign, algorithm, signed.encode("ascii"))
    return {"WebIdentityToken": f"{signed}.{encoded(signature)}", "Expiration": float(until)}


def _subject(context: StsContext) -> str:
    """The ARN of the caller; of a role's session, the role's."""
    arn = parse_arn(context.principal.arn)
    role = _ASSUMED_ROLE(arn.resource) if arn is not None else None
    if arn is None or role is None:
        return context.principal.arn
    return global_arn("iam", context.region, arn.account_id, f"role/{role[1]}")
