"""Whether a request is allowed: AWS's logic over the policies of who asks and of what is asked for. Pure.

In: an identity (None: nobody has signed), a `Permission` that an operation needs, the policy of the resource. Out: a
`Verdict`. What nothing allows is denied; an explicit Deny, wherever it stands, decides.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from awskit.access.identities import Identity, NamedPolicy
from awskit.policy import ANONYMOUS, Document, PolicySyntaxError, Question, Statement, parse

Keys = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Permission:
    """What an operation needs: an action (`sqs:SendMessage`) on a resource, by its ARN.

    `keys` are the condition keys that are this action's own; names in lower case. `owner` is the account of the
    resource. `owner_only`: no policy gives it to another account. `details` is what else its service wants to know of
    the request where it looks the resource up.
    """

    action: str
    resource: str
    owner: str
    keys: Keys = field(default_factory=dict)
    owner_only: bool = False
    details: object = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` names the statement that decided, or says that none did. `clause` is how AWS words it in its errors."""

    allowed: bool
    reason: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class ResourcePolicy:
    """`document` is None where `name` is no policy that can be read: it then allows nothing."""

    name: str
    document: Document | None


@lru_cache(maxsize=512)
def resource_policy(name: str, text: str) -> ResourcePolicy:
    """The policy of a resource, as it is kept there."""
    try:
        return ResourcePolicy(name, parse(text))
    except PolicySyntaxError as error:
        return ResourcePolicy(f"{name} (which cannot be read: {error})", None)


def decide(
    identity: Identity | None, permission: Permission, keys: Keys, policy: ResourcePolicy | None = None
) -> Verdict:
    """The verdict about one permission. `keys` are the condition keys of the request; those of the permission win."""
    principal = ANONYMOUS if identity is None else identity.principal()
    question = Question(principal, permission.action, permission.resource, {**keys, **permission.keys})
    return _Decision(identity, permission, question, policy).verdict()


def decide_by_identity(identity: Identity, permission: Permission, keys: Keys) -> Verdict:
    """What the identity's own policies say, for a service whose resources have more than a policy (S3's ACLs)."""
    question = Question(identity.principal(), permission.action, permission.resource, {**keys, **permission.keys})
    return _Decision(identity, permission, question, None).of_identity()


@dataclass(slots=True)
class _Decision:
    identity: Identity | None
    permission: Permission
    question: Question
    policy: ResourcePolicy | None

    def verdict(self) -> Verdict:
        return self._explicit_deny() or self._out_of_scope() or self._granted()

    def _out_of_scope(self) -> Verdict | None:
        """What a session has been scoped down from, whoever else allows it."""
        for policy in () if self.identity is None else self.identity.scopes:
            if self._first((policy,)) is None:
                return self._nothing("session policy", f"the {policy.name} does not allow it")
        return None

    def _granted(self) -> Verdict:
        identity = self.identity
        granted = None if self._is_barred() else self._statement_of_resource()
        if identity is None or identity.service is not None:
            if granted is not None:
                return _allowed(granted, self._policy_name())
            return self._nothing("resource-based policy", f"no statement of {self._policy_name()} allows it")
        if identity.account_id == self.permission.owner:
            return self._within_account(identity, granted)
        return self._across_accounts(identity, granted)

    def of_identity(self) -> Verdict:
        """The verdict of the identity's policies alone."""
        assert self.identity is not None
        return self._explicit_deny() or self._out_of_scope() or self._by_identity(self.identity)

    def _is_barred(self) -> bool:
        """Whether the permission is its account's alone."""
        identity = self.identity
        return self.permission.owner_only and (identity is None or identity.account_id != self.permission.owner)

    def _explicit_deny(self) -> Verdict | None:
        for kind, name, document in self._documents():
            statement = next(document.applying(self.question, "Deny"), None)
            if statement is not None:
                clause = f"with an explicit deny in {_article(kind)} {kind}"
                return Verdict(False, f"denied by {statement.name} of {name}", clause)
        return None

    def _documents(self) -> Iterable[tuple[str, str, Document]]:
        if self.policy is not None and self.policy.document is not None:
            yield "resource-based policy", self.policy.name, self.policy.document
        if self.identity is None:
            return
        for policy in self.identity.policies:
            yield "identity-based policy", policy.name, policy.document
        if self.identity.boundary is not None:
            yield "permissions boundary", self.identity.boundary.name, self.identity.boundary.document
        for policy in self.identity.session_policies or ():
            yield "session policy", policy.name, policy.document
        for policy in self.identity.scopes:
            yield "session policy", policy.name, policy.document

    def _statement_of_resource(self) -> Statement | None:
        """The statement of the resource's policy that allows, one that names the caller itself before others."""
        if self.policy is None or self.policy.document is None:
            return None
        found = list(self.policy.document.applying(self.question, "Allow"))
        return next(filter(self._is_for_caller, found), found[0] if found else None)

    def _is_for_caller(self, statement: Statement) -> bool:
        return statement.principals is None or statement.principals.include_itself(self.question.principal)

    def _within_account(self, identity: Identity, granted: Statement | None) -> Verdict:
        if granted is not None and self._is_for_caller(granted):
            # A grant to a user by its ARN, or to a session by its own, is not bounded; one to a role is.
            bound = self._bounds(identity) if identity.kind == "role" and not self._names_session(granted) else None
            return bound or _allowed(granted, self._policy_name())
        return self._by_identity(identity)

    def _across_accounts(self, identity: Identity, granted: Statement | None) -> Verdict:
        own = self._by_identity(identity)
        if not own.allowed:
            return own
        if granted is None:
            if self.permission.owner_only:
                return self._nothing("resource-based policy", f"only the account {self.permission.owner} may")
            return self._nothing("resource-based policy", f"no statement of {self._policy_name()} allows it")
        return Verdict(True, f"{own.reason}, and by {granted.name} of {self._policy_name()}")

    def _by_identity(self, identity: Identity) -> Verdict:
        if identity.kind == "root":
            return self._bounds(identity) or Verdict(True, f"allowed to the root user of {identity.account_id}")
        granted = self._first(identity.policies)
        if granted is None:
            return self._nothing("identity-based policy", f"no policy of {identity.name} allows it")
        return self._bounds(identity) or _allowed(*granted)

    def _bounds(self, identity: Identity) -> Verdict | None:
        """The denial by what bounds the identity's permissions, where something does."""
        if identity.boundary is not None and self._first((identity.boundary,)) is None:
            return self._nothing("permissions boundary", f"the {identity.boundary.name} does not allow it")
        if identity.session_policies is not None and self._first(identity.session_policies) is None:
            return self._nothing("session policy", f"no session policy of {identity.arn} allows it")
        return None

    def _names_session(self, statement: Statement) -> bool:
        return statement.principals is not None and ("AWS", self.question.principal.arn) in statement.principals.names

    def _first(self, policies: Iterable[NamedPolicy]) -> tuple[Statement, str] | None:
        for policy in policies:
            statement = next(policy.document.applying(self.question, "Allow"), None)
            if statement is not None:
                return statement, policy.name
        return None

    def _nothing(self, kind: str, reason: str) -> Verdict:
        return Verdict(False, reason, f"because no {kind} allows the {self.permission.action} action")

    def _policy_name(self) -> str:
        return f"the policy of {self.permission.resource}" if self.policy is None else self.policy.name


def _allowed(statement: Statement, policy: str) -> Verdict:
    return Verdict(True, f"allowed by {statement.name} of {policy}")


def _article(noun: str) -> Literal["a", "an"]:
    return "an" if noun[0] in "aeiou" else "a"
