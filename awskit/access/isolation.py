"""Accounts do not see each other's resources, whatever is asked of who asks: only a policy of the resource lets in.

In: a request's context, the permission that its operation needs on a resource that it names by an ARN or a URL. Raised:
the service's `AwsError` where the resource is another account's, and no policy of it lets the caller in. Requests that
nobody has signed are not asked: they name no account.

With `enforce` and `soft` the guard has decided before (see `guard`): then nothing is asked here.
"""

from __future__ import annotations

from awskit.access.decision import Permission, ResourcePolicy, decide
from awskit.access.guard import Asked, keys_of
from awskit.access.identities import Identity
from awskit.access.refusals import Dialect, denied
from awskit.arns import global_arn


def is_foreign(context: Asked, owner: str) -> bool:
    """Whether a resource of the account `owner` is another's than the caller's, and nobody has decided about it yet."""
    return owner != context.account_id and context.access_key_id is not None and context.verdict is None


def check_foreign(
    context: Asked, permission: Permission, dialect: Dialect, policy: ResourcePolicy | None, now: float
) -> None:
    """Raise where the resource's policy does not let the caller in. Only for what `is_foreign`."""
    identity = context.identity or _root_of(context)
    verdict = decide(identity, permission, keys_of(context, now), policy)
    if not verdict.allowed:
        raise dialect.error(denied(identity, permission, verdict, dialect.action(permission.action)))
    context.verdict = verdict


def _root_of(context: Asked) -> Identity:
    """The root user of the account that the access key stands for."""
    account = context.account_id
    arn = global_arn("iam", context.region, account, "root")
    return Identity(account, context.access_key_id or "", "", account, arn, account)
