"""Whether a request to STS may be made: identity policies, and the trust policies of roles.

In: what is known of a request, its operation and input. Raised: `Refused`.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-sts
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from awskit.access.condition_keys import Keys, identity_keys, request_keys
from awskit.access.decision import Permission, ResourcePolicy, Verdict, decide
from awskit.access.identities import Role
from awskit.access.refusals import QUERY, Refused, denied
from awskit.policy import Question
from awskit.resources.arns import global_arn, parse_arn
from awskit.wire.http import HttpRequest
from gateway.sts.principal import StsContext
from gateway.sts.root_sessions import target_account

_NEEDS_NOTHING = frozenset({"GetCallerIdentity", "GetSessionToken"})
_NOT_SIGNED = frozenset({"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"})
_NEEDS = MappingProxyType(
    {
        **dict.fromkeys(
            ("DecodeAuthorizationMessage", "GetAccessKeyInfo", "GetDelegatedAccessToken", "GetScopedCredentials"), "*"
        ),
        **dict.fromkeys(("GetFederationToken", "GetWebIdentityToken", "AssumeRoot"), "*"),
        "AssumeRole": "RoleArn",
    }
)
"""What each operation acts on: everything, or what a member of its input names."""

OPERATIONS = _NEEDS_NOTHING | _NOT_SIGNED | frozenset(_NEEDS)


def require_signature(context: StsContext, operation: str) -> None:
    """Raise where nobody has signed what takes a signature; with `soft` it may be that nobody knows who has."""
    if context.access is not None and context.identity is None and operation not in _NOT_SIGNED:
        raise QUERY.of_anonymous(Refused("denied", "", "it is not said who asks"))


def permit(context: StsContext, operation: str, input: Mapping[str, Any], request: HttpRequest) -> None:
    """Raise where the caller may not do it."""
    access, identity = context.access, context.identity
    if access is None or identity is None or operation in _NOT_SIGNED:
        return
    role = access.identities.roles.get(input.get("RoleArn", "")) if operation == "AssumeRole" else None
    if operation in _NEEDS_NOTHING or (access.mode == "signatures" and (operation != "AssumeRole" or role is not None)):
        return
    permission = Permission(f"sts:{operation}", *_resource(context, operation, input))
    keys: Keys = {**request_keys(request, context.clock.source_now), **identity_keys(identity), **_given(input)}
    verdict = _verdict(context, permission, keys, role)
    if not verdict.allowed:
        raise denied(identity, permission, verdict, permission.action)


def _verdict(context: StsContext, permission: Permission, keys: Keys, role: Role | None) -> Verdict:
    identity = context.identity
    assert identity is not None
    if permission.action != "sts:AssumeRole":
        return decide(identity, permission, keys)
    trust = None
    if role is not None and role.trust is not None:
        trust = ResourcePolicy(f"trust_policy of role {role.name}", role.trust)
    verdict = decide(identity, permission, keys, trust)
    if role is None:
        return verdict if not verdict.allowed else Verdict(False, "the credentials file has no such role")
    question = Question(identity.principal(), permission.action, permission.resource, keys)
    if verdict.allowed and (role.trust is None or next(role.trust.applying(question, "Allow"), None) is None):
        # Within an account, too: a role is assumed by nobody whom it does not trust.
        return Verdict(False, f"no statement of the trust_policy of role {role.name} allows it")
    return verdict


def _resource(context: StsContext, operation: str, input: Mapping[str, Any]) -> tuple[str, str]:
    """The ARN of what an operation acts on, and its account."""
    account = context.principal.account_id
    if operation == "GetFederationToken":
        return global_arn("sts", context.region, account, f"federated-user/{input['Name']}"), account
    if operation == "AssumeRoot":
        return global_arn("iam", context.region, target_account(input["TargetPrincipal"]), "root"), account
    if operation != "AssumeRole":
        return "*", account
    parts = parse_arn(input["RoleArn"])
    return input["RoleArn"], account if parts is None else parts.account_id


def _given(input: Mapping[str, Any]) -> Keys:
    named = {"sts:externalid": "ExternalId", "sts:rolesessionname": "RoleSessionName"}
    named["sts:sourceidentity"] = "SourceIdentity"
    given: dict[str, tuple[str, ...]] = {key: (str(input[member]),) for key, member in named.items() if member in input}
    if "TaskPolicyArn" in input:
        given["sts:taskpolicyarn"] = (input["TaskPolicyArn"].get("arn", ""),)
    return given
