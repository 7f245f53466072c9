"""What the operations that assume a role have in common: the role's session, and what is answered of it."""

from __future__ import annotations

import re

from awskit.access.credentials_file import unique_id
from awskit.access.identities import Role
from awskit.errors import AwsError
from awskit.resources.arns import Arn, parse_arn
from awskit.service.operation import Input, Output
from gateway.sts.credentials import Grant, credentials, end_of, packed_size, session_policies
from gateway.sts.principal import Principal, StsContext

_HOUR = 3600
_ROLE = re.compile(r"role/(?:.*/)?([\w+=,.@-]+)").fullmatch
_ACCOUNT = re.compile(r"[0-9]{12}").fullmatch


def assume(context: StsContext, input: Input, session_name: str, seconds: int | None = None) -> Output:
    """The session of the role that `input` names. Raises ValidationError where it names none."""
    role_arn = input["RoleArn"]
    given = parse_arn(role_arn)
    role = _ROLE(given.resource) if given is not None else None
    if given is None or role is None or given.service != "iam" or given.region or not _ACCOUNT(given.account_id):
        raise AwsError("ValidationError", f"{role_arn} is invalid")
    account_id, name = given.account_id, role[1]
    arn = str(Arn(given.partition, "sts", "", account_id, f"assumed-role/{name}/{session_name}"))
    user_id = f"{unique_id('AROA', role_arn)}:{session_name}"
    principal = Principal(account_id, arn, user_id, source_identity=input.get("SourceIdentity", ""))
    known = _role(context, role_arn)
    grant = Grant("role", "" if known is None else role_arn, session_policies(context, input))
    until = end_of(context, input.get("DurationSeconds", _HOUR if seconds is None else seconds))
    output: Output = {
        "Credentials": credentials(context, principal, until, grant),
        "AssumedRoleUser": {"AssumedRoleId": principal.user_id, "Arn": arn},
        **packed_size(input),
    }
    if "SourceIdentity" in input:
        output["SourceIdentity"] = input["SourceIdentity"]
    return output


def _role(context: StsContext, role_arn: str) -> Role | None:
    return None if context.access is None else context.access.identities.roles.get(role_arn)
