"""Operations that say who somebody is.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
"""

from __future__ import annotations

from awskit.errors import AwsError
from awskit.service.operation import Input, Output, async_operation
from awskit.sigv4.caller import account_of
from gateway.sts.principal import StsContext


@async_operation("GetCallerIdentity")
async def get_caller_identity(context: StsContext, input: Input) -> Output:
    """The account, ARN and unique id behind the request's credentials."""
    principal = context.principal
    return {"UserId": principal.user_id, "Account": principal.account_id, "Arn": principal.arn}


@async_operation("GetAccessKeyInfo")
async def get_access_key_info(context: StsContext, input: Input) -> Output:
    """The account that an access key stands for."""
    return {"Account": account_of(input["AccessKeyId"])}


@async_operation("DecodeAuthorizationMessage")
async def decode_authorization_message(context: StsContext, input: Input) -> Output:
    """Always InvalidAuthorizationMessageException: nothing here denies a request with an encoded message."""
    raise AwsError("InvalidAuthorizationMessageException", "Message is not valid.")
