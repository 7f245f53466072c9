"""AssumeRoot: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html

Any account takes another's root session here, since there is no organization: an identity policy alone decides, where
one is asked. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import orjson

from awskit.errors import AwsError
from awskit.resources.arns import global_arn, parse_arn
from awskit.service.operation import Input, Output, async_operation
from gateway.sts.credentials import Grant, credentials, end_of
from gateway.sts.principal import Principal, StsContext

_LONGEST = 900
_TASK = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/root-task/(\w+)").fullmatch
_ACTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "IAMAuditRootUserCredentials": ("iam:Get*", "iam:List*"),
        "IAMCreateRootUserPassword": ("iam:CreateLoginProfile", "iam:GetLoginProfile"),
        "IAMDeleteRootUserCredentials": ("iam:Delete*", "iam:DeactivateMFADevice", "iam:Get*", "iam:List*"),
        "S3UnlockBucketPolicy": (
            *("s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:ListAllMyBuckets"),
        ),
        "SQSUnlockQueuePolicy": (
            *("sqs:SetQueueAttributes", "sqs:GetQueueAttributes", "sqs:ListQueues", "sqs:GetQueueUrl"),
        ),
    }
)
"""What a session for a task may do; AWS's managed policies of these names."""


@async_operation("AssumeRoot")
async def assume_root(context: StsContext, input: Input) -> Output:
    """A session of an account's root user, for one task and a quarter of an hour at most."""
    account_id = target_account(input["TargetPrincipal"])
    task = _TASK(input["TaskPolicyArn"].get("arn", ""))
    if task is None or task[1] not in _ACTIONS:
        raise AwsError("ValidationError", "TaskPolicyArn is none of the policies for privileged root user tasks")
    arn = global_arn("sts", context.region, account_id, "assumed-root")
    identity = context.identity
    source = "" if identity is None else context.principal.source_identity
    principal = Principal(account_id, arn, account_id, source_identity=source)
    statement = {"Effect": "Allow", "Action": _ACTIONS[task[1]], "Resource": "*"}
    policy = orjson.dumps({"Version": "2012-10-17", "Statement": [statement]}).decode()
    grant = Grant("root", _root_key(context, account_id), (policy,))
    until = end_of(context, min(input.get("DurationSeconds", _LONGEST) or _LONGEST, _LONGEST))
    output: Output = {"Credentials": credentials(context, principal, until, grant)}
    return {**output, "SourceIdentity": source} if source else output


def target_account(principal: str) -> str:
    """The account that a TargetPrincipal, its number or an ARN, names. Raises ValidationError."""
    arn = parse_arn(principal)
    account_id = principal if arn is None else arn.account_id
    if not re.fullmatch(r"[0-9]{12}", account_id):
        raise AwsError("ValidationError", f"{principal} is no account, and no principal of one")
    return account_id


def _root_key(context: StsContext, account_id: str) -> str:
    """The key of the account's root user, where who asks is asked. Raises AccessDenied where nobody has one."""
    if context.access is None:
        return ""
    for identity in context.access.identities.known.values():
        if identity.kind == "root" and identity.account_id == account_id:
            return identity.access_key_id
    if context.access.mode == "soft":
        return ""
    text = f"The credentials file has no root user of the account {account_id}"
    raise AwsError("AccessDenied", text, 403)
