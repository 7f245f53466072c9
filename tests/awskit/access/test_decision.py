"""AWS's logic over the policies of who asks and of what is asked for.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from awskit.access.decision import Permission, ResourcePolicy, Verdict, decide, resource_policy
from awskit.access.identities import Identity, NamedPolicy
from awskit.policy import parse

OWNER, OTHER = "111111111111", "222222222222"
QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:queue"
SEND = Permission("sqs:SendMessage", QUEUE, OWNER)
ROOT = Identity("root", "A", "", OWNER, f"arn:aws:iam::{OWNER}:root", OWNER)
USER = Identity("ann", "B", "", OWNER, f"arn:aws:iam::{OWNER}:user/ann", "AIDA", "user", "ann")
SESSION = Identity(
    "deploy",
    "ASIA",
    "",
    OWNER,
    f"arn:aws:sts::{OWNER}:assumed-role/deploy/ci",
    "AROA:ci",
    "role",
    role_arn=f"arn:aws:iam::{OWNER}:role/deploy",
)
FOREIGN_ROOT = replace(ROOT, account_id=OTHER, arn=f"arn:aws:iam::{OTHER}:root")
FOREIGN_USER = replace(USER, account_id=OTHER, arn=f"arn:aws:iam::{OTHER}:user/ann")
SNS = Identity("fleet", "F", "", OWNER, "", "", "service", service="sns.amazonaws.com")


def statement(effect: str = "Allow", **given: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "sqs:*", "Resource": "*", **given}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def own(*statements: dict[str, Any]) -> tuple[NamedPolicy, ...]:
    return (NamedPolicy("policy of somebody", parse(policy(*statements), needs_principal=False)),)


def of_queue(*statements: dict[str, Any]) -> ResourcePolicy:
    return resource_policy("the queue's policy", policy(*statements))


def asked(identity: Identity | None, on_queue: ResourcePolicy | None = None, **keys: str) -> Verdict:
    return decide(identity, SEND, {name.replace("_", ":"): (value,) for name, value in keys.items()}, on_queue)


def test_the_root_may_and_nobody_else_without_a_policy() -> None:
    assert asked(ROOT).allowed
    for identity in (USER, SESSION, FOREIGN_ROOT, FOREIGN_USER, SNS, None):
        assert not asked(identity).allowed
    assert asked(USER).clause == "because no identity-based policy allows the sqs:SendMessage action"
    assert asked(FOREIGN_ROOT).clause == "because no resource-based policy allows the sqs:SendMessage action"


def test_an_identitys_policy_allows_within_its_account() -> None:
    allowed = asked(replace(USER, policies=own(statement(Sid="Mine"))))
    assert allowed == Verdict(True, "allowed by statement 'Mine' of policy of somebody")
    assert not asked(replace(USER, policies=own(statement(Action="sqs:Receive*")))).allowed
    assert not asked(replace(FOREIGN_USER, policies=own(statement()))).allowed


def test_an_explicit_deny_decides_wherever_it_stands() -> None:
    deny = statement("Deny", Sid="No")
    refused = asked(replace(USER, policies=own(statement(), deny)))
    assert not refused.allowed
    assert refused.reason == "denied by statement 'No' of policy of somebody"
    assert refused.clause == "with an explicit deny in an identity-based policy"
    everybody = of_queue(statement("Deny", Principal="*"))
    assert asked(ROOT, everybody).reason == "denied by statement 1 of the queue's policy"
    assert not asked(replace(USER, policies=own(statement())), everybody).allowed
    assert not asked(replace(ROOT, session_policies=own(deny, statement()))).allowed


def test_a_resource_policy_lets_in_whom_it_names() -> None:
    assert asked(USER, of_queue(statement(Principal={"AWS": USER.arn}))).allowed
    assert asked(SESSION, of_queue(statement(Principal={"AWS": SESSION.role_arn}))).allowed
    assert asked(None, of_queue(statement(Principal="*"))).allowed
    assert not asked(None, of_queue(statement(Principal={"AWS": OWNER}))).allowed


def test_an_account_that_is_named_still_decides_about_its_users() -> None:
    for principal in (OWNER, f"arn:aws:iam::{OWNER}:root"):
        on_queue = of_queue(statement(Principal={"AWS": principal}))
        assert not asked(USER, on_queue).allowed
        assert asked(replace(USER, policies=own(statement())), on_queue).allowed


def test_across_accounts_both_sides_have_to_allow() -> None:
    on_queue = of_queue(statement(Principal={"AWS": OTHER}))
    assert asked(FOREIGN_ROOT, on_queue).allowed
    assert not asked(FOREIGN_USER, on_queue).allowed
    assert asked(replace(FOREIGN_USER, policies=own(statement())), on_queue).allowed
    assert not asked(
        replace(FOREIGN_USER, policies=own(statement())), of_queue(statement(Principal={"AWS": "3" * 12}))
    ).allowed
    only = replace(SEND, owner_only=True)
    assert not decide(FOREIGN_ROOT, only, {}, on_queue).allowed
    assert decide(ROOT, only, {}, None).allowed


def test_boundaries_and_session_policies_bound() -> None:
    bounded = replace(USER, policies=own(statement()), boundary=own(statement(Action="s3:*"))[0])
    assert asked(bounded).clause == "because no permissions boundary allows the sqs:SendMessage action"
    assert asked(replace(bounded, boundary=own(statement())[0])).allowed
    session = replace(SESSION, policies=own(statement()), session_policies=own(statement(Action="s3:*")))
    assert asked(session).clause == "because no session policy allows the sqs:SendMessage action"
    assert not asked(session, of_queue(statement(Principal={"AWS": SESSION.role_arn}))).allowed
    assert asked(session, of_queue(statement(Principal={"AWS": SESSION.arn}))).allowed
    assert not asked(replace(USER, kind="federated", policies=own(statement()), session_policies=())).allowed


def test_services_act_for_the_resource_that_a_policy_names() -> None:
    topic = f"arn:aws:sns:us-east-1:{OWNER}:topic"
    condition = {"ArnEquals": {"aws:SourceArn": topic}}
    on_queue = of_queue(statement(Principal={"Service": "sns.amazonaws.com"}, Condition=condition))
    assert asked(SNS, on_queue, aws_sourcearn=topic).allowed
    assert not asked(SNS, on_queue, aws_sourcearn=f"{topic}2").allowed
    assert not asked(replace(SNS, service="s3.amazonaws.com"), on_queue, aws_sourcearn=topic).allowed
    assert asked(SNS, of_queue(statement(Principal="*", Condition=condition)), aws_sourcearn=topic).allowed


@pytest.mark.parametrize("text", ["{}", "no policy", '{"Statement": []}'])
def test_a_policy_that_cannot_be_read_allows_nothing(text: str) -> None:
    broken = resource_policy("the queue's policy", text)
    assert not asked(FOREIGN_ROOT, broken).allowed
    assert "cannot be read" in asked(FOREIGN_ROOT, broken).reason
    assert asked(ROOT, broken).allowed


def test_each_scope_of_a_session_bounds_it_whoever_allows() -> None:
    (sends,), (receives,) = own(statement(Action="sqs:SendMessage")), own(statement(Action="sqs:ReceiveMessage"))
    role = replace(SESSION, policies=own(statement()))
    for identity in (role, replace(ROOT, kind="root")):
        assert asked(replace(identity, scopes=(sends,))).allowed
        assert not asked(replace(identity, scopes=(receives,))).allowed
        assert not asked(replace(identity, scopes=(sends, receives))).allowed
    by_name = of_queue(statement(Principal={"AWS": SESSION.arn}))
    assert asked(SESSION, by_name).allowed
    assert not asked(replace(SESSION, scopes=(receives,)), by_name).allowed
