"""GetDelegatedAccessToken: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetDelegatedAccessToken.html

Trade-in tokens come of delegations that IAM is asked for, which is not here: any token is taken, for the principal that
it names where it is a JWT (`sub`, an ARN), else for the caller. Where signatures are verified none is.
"""

from __future__ import annotations

from awskit.errors import AwsError
from awskit.resources.arns import parse_arn
from awskit.service.operation import Input, Output, async_operation
from gateway.sts.credentials import Grant, credentials, end_of
from gateway.sts.principal import Principal, StsContext
from gateway.sts.web_tokens import claims_of

_SECONDS = 3600


@async_operation("GetDelegatedAccessToken")
async def get_delegated_access_token(context: StsContext, input: Input) -> Output:
    """Credentials of whom the token speaks for."""
    if context.access is not None and context.access.verifies:
        raise AwsError("AccessDenied", "RustStack verifies signatures, and knows no trade-in token.", 403)
    claims = claims_of(input["TradeInToken"])
    ends = claims.get("exp")
    if isinstance(ends, int | float) and ends <= context.clock.now():
        raise AwsError("ExpiredTradeInTokenException", "The trade-in token has expired.")
    principal = context.principal
    named = claims.get("sub")
    arn = parse_arn(named) if isinstance(named, str) else None
    if arn is not None and arn.account_id.isdecimal() and len(arn.account_id) == 12:
        principal = Principal(arn.account_id, str(arn), arn.account_id)
    return {
        "Credentials": credentials(context, principal, end_of(context, _SECONDS), Grant("root")),
        "AssumedPrincipal": principal.arn,
    }
