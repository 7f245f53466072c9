"""Accounts do not see each other's resources, whatever is asked of who asks: only a policy of the resource lets in. And
no region sees another's.

In: a request's context, the permission that its operation needs on a resource that it names by an ARN or a URL. Raised:
the service's `AwsError` where the resource is another account's, and no policy of it lets the caller in. Requests that
nobody has signed are not asked: they name no account.

With `enforce` and `soft` the guard has decided before (see `guard`): then nothing is asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import Any, Generic, TypeVar

from awskit.access.condition_keys import Asked, keys_of
from awskit.access.decision import Permission, ResourcePolicy, decide
from awskit.access.guard import Guarded, resolved
from awskit.access.identities import Identity
from awskit.access.refusals import Dialect, denied
from awskit.clock import Clock
from awskit.database import Database
from awskit.errors import AwsError
from awskit.resources.arns import global_arn, parse_arn
from awskit.wire.protocol import OperationShape

ContextT = TypeVar("ContextT", bound=Any)


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


class Isolation(Generic[ContextT]):
    """`is_foreign` and `check_foreign` for a whole service, by its table of rules, before each operation.

    `named` gives the ARNs that an input has, as quickly as it can: most inputs have none, or the caller's own.
    `elsewhere` gives what an operation answers to an ARN in its input that is of another region; None where it sees to
    that itself.
    """

    def __init__(
        self,
        guarded: Guarded[ContextT],
        named: Callable[[str, Mapping[str, Any]], Iterable[str]],
        elsewhere: Callable[[str, str, Mapping[str, Any]], AwsError | None],
        database: Database,
        clock: Clock,
    ) -> None:
        self._guarded = guarded
        self._named = named
        self._elsewhere = elsewhere
        self._database = database
        self._clock = clock

    def __call__(
        self, context: ContextT, shape: OperationShape, input: Mapping[str, Any]
    ) -> Coroutine[Any, Any, None] | None:
        """What raises where the input names what is another account's; None where it names nothing of the kind."""
        here = [context.region, context.account_id]
        for arn in self._named(shape.name, input):
            if arn.split(":", 5)[3:5] != here and context.access_key_id is not None:
                return self._check(context, shape, input)
        return None

    async def _check(self, context: ContextT, shape: OperationShape, input: Mapping[str, Any]) -> None:
        for arn in self._named(shape.name, input):
            parts = parse_arn(arn)
            if parts is None or parts.region in ("", context.region):
                continue
            error = self._elsewhere(shape.name, arn, input)
            if error is not None:
                raise error
        if context.verdict is not None:
            return
        permissions = self._guarded.rules[shape.service, shape.name](context, input)
        now = self._clock.source_now
        for permission, policy in await resolved(self._guarded, self._database, context, permissions):
            # What is no ARN of an account's is refused by the operation itself.
            if permission.owner not in ("", context.account_id):
                check_foreign(context, permission, self._guarded.dialect, policy, now)
                context.verdict = None


def _root_of(context: Asked) -> Identity:
    """The root user of the account that the access key stands for."""
    account = context.account_id
    arn = global_arn("iam", context.region, account, "root")
    return Identity(account, context.access_key_id or "", "", account, arn, account)
