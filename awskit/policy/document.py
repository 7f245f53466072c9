"""Policy documents: read from JSON, and evaluated.

In: a policy's text. Out: a `Document`, whose `decide` answers a `Question`. Raised: `PolicySyntaxError`, AWS's text.
What an action or a resource may be is each service's own to check, by the `Statement`s.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from awskit.policy.conditions import Condition, parse_conditions
from awskit.policy.patterns import fits, matches
from awskit.policy.question import Principal, Question

Decision = Literal["Allow", "Deny", "None"]
PrincipalKind = Literal["AWS", "CanonicalUser", "Service", "Federated"]

VERSIONS = ("2012-10-17", "2008-10-17")
_ACCOUNT = re.compile(r"\d{12}")
_ACCOUNT_ARN = re.compile(r"arn:aws[\w-]*:(?:iam|sts)::(\d{12}|[\w-]*):(.+)", re.DOTALL)
_FIELDS = frozenset(("Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition").split())


class PolicySyntaxError(ValueError):
    """The text is not a policy; the message is AWS's."""


@dataclass(frozen=True, slots=True)
class NamedPrincipals:
    """A `Principal` element: (kind, name) pairs; `("AWS", "*")` is everybody."""

    names: tuple[tuple[str, str], ...]

    @property
    def everybody(self) -> bool:
        return ("AWS", "*") in self.names

    def include(self, principal: Principal) -> bool:
        return any(_is(principal, kind, name) for kind, name in self.names)

    def include_itself(self, principal: Principal) -> bool:
        """Whether they name the principal, and not only the account that it belongs to."""
        return self.everybody or any(
            _is(principal, kind, name) and (kind != "AWS" or name in (principal.arn, principal.role_arn))
            for kind, name in self.names
        )


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Of each pair (`actions`, `not_actions`) one is None, or both where it needs none.

    `place` is its number in its document, from 1.
    """

    effect: Literal["Allow", "Deny"]
    principals: NamedPrincipals | None
    not_principals: NamedPrincipals | None
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    conditions: tuple[Condition, ...]
    sid: str | None = None
    place: int = 1

    @property
    def name(self) -> str:
        """What it is called where it decides: its Sid, or its place."""
        return f"statement {self.sid!r}" if self.sid else f"statement {self.place}"

    def applies(self, question: Question) -> bool:
        """Whether the statement speaks of what is asked."""
        return (
            self._applies_to_action(question.action)
            and self._applies_to_resource(question)
            and self._applies_to_principal(question.principal)
            and all(condition.holds(question.keys) for condition in self.conditions)
        )

    def _applies_to_action(self, action: str) -> bool:
        if self.actions is not None:
            return any(matches(action, wanted, ignore_case=True) for wanted in self.actions)
        return not any(matches(action, wanted, ignore_case=True) for wanted in self.not_actions or ())

    def _applies_to_resource(self, question: Question) -> bool:
        if self.resources is None and self.not_resources is None:
            return True
        if self.resources is not None:
            return any(fits(question.resource, wanted, question.keys) for wanted in self.resources)
        return not any(fits(question.resource, wanted, question.keys) for wanted in self.not_resources or ())

    def _applies_to_principal(self, principal: Principal) -> bool:
        if self.principals is not None:
            return self.principals.include(principal)
        return self.not_principals is None or not self.not_principals.include(principal)


@dataclass(frozen=True, slots=True)
class Document:
    """A policy. `text` is what it was read from."""

    text: str
    version: str
    statements: tuple[Statement, ...]

    def decide(self, question: Question) -> Decision:
        """`Deny` where a statement denies, else `Allow` where one allows, else `None`: the policy says nothing."""
        decision: Decision = "None"
        for statement in self.statements:
            if statement.applies(question):
                if statement.effect == "Deny":
                    return "Deny"
                decision = "Allow"
        return decision

    def applying(self, question: Question, effect: Literal["Allow", "Deny"]) -> Iterator[Statement]:
        """The statements of that effect that speak of what is asked."""
        return (one for one in self.statements if one.effect == effect and one.applies(question))


def parse(text: str, *, needs_principal: bool = True, needs_resource: bool = True) -> Document:
    """Read a resource's policy; `needs_principal=False` reads one of an identity. Raises `PolicySyntaxError`.

    `needs_resource=False` reads one that speaks of what it is attached to, as a role's trust policy does.
    """
    try:
        content = json.loads(text, object_pairs_hook=_no_duplicates) if text.lstrip().startswith("{") else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise PolicySyntaxError("Policies must be valid JSON and the first byte must be '{'")
    for name in content:
        if name not in ("Version", "Id", "Statement"):
            raise PolicySyntaxError(f"Unknown field {name}")
    version = content.get("Version", VERSIONS[1])
    if version not in VERSIONS:
        raise PolicySyntaxError("The policy must contain a valid version string")
    if not isinstance(content.get("Id", ""), str):
        raise PolicySyntaxError("Invalid policy syntax.")
    if "Statement" not in content:
        raise PolicySyntaxError("Missing required field Statement")
    given = content["Statement"]
    listed = given if isinstance(given, list) else [given]
    if not listed:
        raise PolicySyntaxError("Could not parse the policy: Statement is empty!")
    return Document(
        text,
        version,
        tuple(_statement(item, place, needs_principal, needs_resource) for place, item in enumerate(listed, 1)),
    )


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise PolicySyntaxError("Duplicate JSON field names are not allowed")
    return content


def _statement(content: Any, place: int, needs_principal: bool, needs_resource: bool) -> Statement:
    if not isinstance(content, dict):
        raise PolicySyntaxError("Invalid policy syntax.")
    for name in content:
        if name not in _FIELDS:
            raise PolicySyntaxError(f"Unknown field {name}")
    if not isinstance(content.get("Sid", ""), str):
        raise PolicySyntaxError("Invalid policy syntax.")
    if "Effect" not in content:
        raise PolicySyntaxError("Missing required field Effect")
    effect = content["Effect"]
    if effect not in ("Allow", "Deny"):
        raise PolicySyntaxError(f"Invalid effect: {effect}")
    principals, not_principals = _either(content, "Principal", _principals, required=needs_principal)
    actions, not_actions = _either(content, "Action", _texts)
    resources, not_resources = _either(content, "Resource", _texts, required=needs_resource)
    try:
        conditions = parse_conditions(content.get("Condition", {}))
    except PolicySyntaxError:
        raise
    except ValueError as error:
        raise PolicySyntaxError(str(error)) from None
    return Statement(
        effect,
        principals,
        not_principals,
        actions,
        not_actions,
        resources,
        not_resources,
        conditions,
        content.get("Sid"),
        place,
    )


def _either(content: dict[str, Any], name: str, read: Any, *, required: bool = True) -> tuple[Any, Any]:
    """The element and its `Not` form, of which exactly one is there."""
    positive, negative = content.get(name), content.get(f"Not{name}")
    if positive is not None and negative is not None:
        raise PolicySyntaxError("Invalid policy syntax.")
    if positive is None and negative is None:
        if required:
            raise PolicySyntaxError(f"Missing required field {name}")
        return None, None
    return (read(positive), None) if positive is not None else (None, read(negative))


def _texts(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(item, str) and item for item in listed):
        raise PolicySyntaxError("Invalid policy syntax.")
    return tuple(listed)


def _principals(value: Any) -> NamedPrincipals:
    if value == "*":
        return NamedPrincipals((("AWS", "*"),))
    if not isinstance(value, dict) or not value:
        raise PolicySyntaxError("Invalid policy syntax.")
    names: list[tuple[str, str]] = []
    for kind, listed in value.items():
        if kind not in ("AWS", "CanonicalUser", "Service", "Federated"):
            raise PolicySyntaxError("Invalid policy syntax.")
        names.extend((kind, name) for name in _texts(listed))
    for kind, name in names:
        if kind == "AWS" and name != "*" and not (_ACCOUNT.fullmatch(name) or _ACCOUNT_ARN.fullmatch(name)):
            raise PolicySyntaxError("Invalid principal in policy")
    return NamedPrincipals(tuple(names))


def _is(principal: Principal, kind: str, name: str) -> bool:
    if kind == "AWS" and name == "*":
        return True
    if kind == "AWS":
        if principal.account_id is None:
            return False
        match = _ACCOUNT_ARN.fullmatch(name)
        if match is None:
            return name == principal.account_id
        return name in (principal.arn, principal.role_arn) or (match[1] == principal.account_id and match[2] == "root")
    if kind == "CanonicalUser":
        return name == principal.canonical_user_id
    if kind == "Service":
        return principal.service is not None and name in ("*", principal.service)
    return False
