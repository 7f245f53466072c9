"""AWS STS, as far as the console asks it: who one is.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from __future__ import annotations

from dataclasses import dataclass

from console.interfaces.aws_client import AwsClient
from console.interfaces.xml_answers import text


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """Whose the credentials are."""

    account: str
    arn: str


async def get_caller_identity(client: AwsClient) -> CallerIdentity:
    document = await client.query("sts", "GetCallerIdentity", "2011-06-15", {})
    result = "GetCallerIdentityResult/"
    return CallerIdentity(text(document, f"{result}Account"), text(document, f"{result}Arn"))
