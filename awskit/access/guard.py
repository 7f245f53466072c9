"""What stands before the operations of a service where something is asked of who asks (see `modes`).

In: a request, then its operation and input. Out: the identity that has signed it, and the `Verdict` that lets it in.
Raised: the service's own `AwsError` where it is not let in; with `soft` it is only logged what would be refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from awskit.access.condition_keys import keys_of
from awskit.access.decision import Permission, ResourcePolicy, Verdict, decide
from awskit.access.identities import Identity
from awskit.access.process_access import Access
from awskit.access.refusals import Dialect, Refused, denied
from awskit.access.signatures import Verifier
from awskit.clock import Clock
from awskit.database import Database, Transaction
from awskit.wire.http import HttpRequest
from awskit.wire.protocol import OperationShape

ContextT = TypeVar("ContextT", bound=Any)
Rule = Callable[[ContextT, Mapping[str, Any]], Iterable[Permission]]
"""The permissions that a request needs by its input; none where anybody may make it."""
Needed = tuple[Permission, ResourcePolicy | None]
Resolve = Callable[[Transaction, ContextT, Permission], Needed]
"""What only the state tells of a permission (whose the resource is, its condition keys), and the policy of the
resource; None where it has none, or is not there."""


@dataclass(frozen=True, slots=True)
class Guarded(Generic[ContextT]):
    """What a service says of its operations: `rules` by (model, name); its name in signatures is `scope`."""

    rules: Mapping[tuple[str, str], Rule[ContextT]]
    resolve: Resolve[ContextT]
    dialect: Dialect
    scope: str


class Guard(Generic[ContextT]):
    """See the module."""

    def __init__(self, name: str, access: Access, guarded: Guarded[ContextT], database: Database, clock: Clock) -> None:
        self._access = access
        self._guarded = guarded
        self._database = database
        self._clock = clock
        self._verifier = Verifier(access.identities, guarded.scope)
        self._log = logging.getLogger(f"ruststack.{name}")

    @property
    def verifies(self) -> bool:
        """Whether who has not signed is nobody."""
        return self._access.verifies

    def authenticate(self, request: HttpRequest) -> Identity | None:
        """Who has signed the request; None where nobody has, or, with `soft`, it cannot be said."""
        try:
            return self._verifier.identity_of(request, self._clock)
        except Refused as refused:
            self._refuse(request.id, request.header("x-amz-target") or request.method, refused)
            return None

    async def permit(self, context: ContextT, shape: OperationShape, input: Mapping[str, Any]) -> None:
        """Raise where the caller may not do it. The verdict is in the context."""
        mode = self._access.mode
        if mode == "signatures" and context.identity is not None:
            return
        if mode == "soft" and context.identity is None and context.access_key_id is not None:
            context.verdict = Verdict(True, "it has been logged that nobody knows who asks")
            return
        permissions = tuple(self._guarded.rules[shape.service, shape.name](context, input))
        if not permissions:
            return
        needed = await resolved(self._guarded, self._database, context, permissions)
        try:
            self.decide(context, needed)
        except Refused as refused:
            self._refuse(context.request_id, shape.name, refused)

    def decide(self, context: ContextT, needed: Iterable[Needed]) -> None:
        """Raise `Refused` for the first permission that the caller has not."""
        identity = context.identity
        keys = keys_of(context, self._clock.source_now)
        for permission, policy in needed:
            resource_keys = {"aws:resourceaccount": (permission.owner,)}
            verdict = decide(identity, permission, {**keys, **resource_keys}, policy)
            context.verdict = verdict
            if not verdict.allowed:
                refused = denied(identity, permission, verdict, self._guarded.dialect.action(permission.action))
                raise self._guarded.dialect.of_anonymous(refused) if identity is None else refused

    def _refuse(self, request_id: str, operation: str, refused: Refused) -> None:
        if self._access.mode == "soft":
            self._log.warning("request %s %s would be refused: %s", request_id, operation, refused.reason)
            return
        self._log.warning("request %s %s refused: %s", request_id, operation, refused.reason)
        raise self._guarded.dialect.error(refused, debug=self._access.debug)


async def resolved(
    guarded: Guarded[ContextT], database: Database, context: ContextT, permissions: Iterable[Permission]
) -> list[Needed]:
    """Each permission as the service's state has it, with the policy of its resource."""
    return await database.read(
        lambda transaction: [guarded.resolve(transaction, context, permission) for permission in permissions]
    )
