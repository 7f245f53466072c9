"""The policy language: who, what, on which resource, under which conditions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from awskit.policy import ANONYMOUS, PolicySyntaxError, Principal, Question, is_public, parse

ALICE = Principal("111122223333", "arn:aws:iam::111122223333:user/alice", "a" * 64, "alice")
BOB = Principal("444455556666", "arn:aws:iam::444455556666:root", "b" * 64)


def statement(**given: Any) -> dict[str, Any]:
    base = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
    return {name: value for name, value in {**base, **given}.items() if value is not None}


def policy(*statements: dict[str, Any]) -> Any:
    return parse(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def ask(
    document: Any,
    principal: Principal = ALICE,
    action: str = "s3:GetObject",
    resource: str = "arn:aws:s3:::bucket/key",
    **keys: str,
) -> str:
    named = {name.replace("__", ":").replace("_", "-").lower(): (value,) for name, value in keys.items()}
    decision: str = document.decide(Question(principal, action, resource, named))
    return decision


@pytest.mark.parametrize(
    ("element", "alice", "bob", "anonymous"),
    [
        ("*", "Allow", "Allow", "Allow"),
        ({"AWS": "*"}, "Allow", "Allow", "Allow"),
        ({"AWS": "111122223333"}, "Allow", "None", "None"),
        ({"AWS": ["arn:aws:iam::111122223333:root"]}, "Allow", "None", "None"),
        ({"AWS": "arn:aws:iam::111122223333:user/alice"}, "Allow", "None", "None"),
        ({"AWS": "arn:aws:iam::111122223333:user/other"}, "None", "None", "None"),
        ({"CanonicalUser": "b" * 64}, "None", "Allow", "None"),
        ({"Service": "sns.amazonaws.com"}, "None", "None", "None"),
    ],
)
def test_principals(element: Any, alice: str, bob: str, anonymous: str) -> None:
    document = policy(statement(Principal=element))
    assert [ask(document, who) for who in (ALICE, BOB, ANONYMOUS)] == [alice, bob, anonymous]


def test_not_principal_is_everybody_else() -> None:
    document = policy(statement(Effect="Deny", Principal=None, NotPrincipal={"AWS": "111122223333"}))
    assert [ask(document, who) for who in (ALICE, BOB, ANONYMOUS)] == ["None", "Deny", "Deny"]


def test_a_service_by_its_name() -> None:
    document = policy(statement(Principal={"Service": "sns.amazonaws.com"}))
    assert ask(document, Principal(service="sns.amazonaws.com")) == "Allow"
    assert ask(document, Principal(service="s3.amazonaws.com")) == "None"


def test_a_deny_wins_over_any_allow_in_any_order() -> None:
    allow, deny = statement(), statement(Effect="Deny", Action="s3:Get*")
    assert ask(policy(allow, deny)) == ask(policy(deny, allow)) == "Deny"
    assert ask(policy(allow, deny), action="s3:PutObject") == "None"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Action": "s3:*"}, "Allow"),
        ({"Action": "*"}, "Allow"),
        ({"Action": ["s3:Put*", "S3:getobject"]}, "Allow"),
        ({"Action": "s3:Get?bject"}, "Allow"),
        ({"Action": "s3:Put*"}, "None"),
        ({"Action": None, "NotAction": "s3:Put*"}, "Allow"),
        ({"Action": None, "NotAction": "s3:Get*"}, "None"),
        ({"Resource": "*"}, "Allow"),
        ({"Resource": "arn:aws:s3:::bucket"}, "None"),
        ({"Resource": "arn:aws:s3:::bucket/k?y"}, "Allow"),
        ({"Resource": None, "NotResource": "arn:aws:s3:::bucket/other"}, "Allow"),
        ({"Resource": None, "NotResource": "arn:aws:s3:::bucket/*"}, "None"),
    ],
)
def test_actions_and_resources(given: dict[str, Any], expected: str) -> None:
    assert ask(policy(statement(**given))) == expected


@pytest.mark.parametrize(
    ("condition", "keys", "expected"),
    [
        ({"StringEquals": {"s3:prefix": "a"}}, {"s3__prefix": "a"}, True),
        ({"StringEquals": {"S3:Prefix": ["b", "a"]}}, {"s3__prefix": "a"}, True),
        ({"StringEquals": {"s3:prefix": "a"}}, {"s3__prefix": "A"}, False),
        ({"StringEquals": {"s3:prefix": "a"}}, {}, False),
        ({"StringEqualsIfExists": {"s3:prefix": "a"}}, {}, True),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3__prefix": "c"}, True),
        ({"StringNotEquals": {"s3:prefix": ["a", "b"]}}, {"s3__prefix": "b"}, False),
        ({"StringNotEquals": {"s3:prefix": "a"}}, {}, True),
        ({"StringEqualsIgnoreCase": {"s3:prefix": "ABC"}}, {"s3__prefix": "abc"}, True),
        ({"StringLike": {"s3:prefix": "home/*"}}, {"s3__prefix": "home/x"}, True),
        ({"StringNotLike": {"s3:prefix": "home/*"}}, {"s3__prefix": "home/x"}, False),
        ({"StringLike": {"s3:prefix": "${aws:username}/*"}}, {"s3__prefix": "al/x", "aws__username": "al"}, True),
        ({"StringLike": {"s3:prefix": "${aws:username}/*"}}, {"s3__prefix": "al/x", "aws__username": "*"}, False),
        ({"StringLike": {"s3:prefix": "${aws:username}/*"}}, {"s3__prefix": "al/x"}, False),
        ({"NumericLessThanEquals": {"s3:max-keys": "10"}}, {"s3__max_keys": "10"}, True),
        ({"NumericLessThan": {"s3:max-keys": 10}}, {"s3__max_keys": "10"}, False),
        ({"NumericGreaterThan": {"s3:max-keys": "1"}}, {"s3__max_keys": "many"}, False),
        (
            {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
            {"aws__currenttime": "2021-01-01T00:00:00Z"},
            True,
        ),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws__securetransport": "false"}, True),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws__sourceip": "10.1.2.3"}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws__sourceip": "10.1.2.3"}, False),
        (
            {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:topic*"}},
            {"aws__sourcearn": "arn:aws:sns:us-east-1:1:topic-a"},
            True,
        ),
        (
            {"ArnLike": {"aws:SourceArn": "arn:aws:s*:topic"}},
            {"aws__sourcearn": "arn:aws:sns:us-east-1:1:topic"},
            False,
        ),
        ({"Null": {"s3:prefix": "true"}}, {}, True),
        ({"Null": {"s3:prefix": "false"}}, {}, False),
        ({"Null": {"s3:prefix": "false"}}, {"s3__prefix": "x"}, True),
        ({"BinaryEquals": {"a:b": "QQ=="}}, {"a__b": "QQ=="}, True),
        ({"StringEquals": {"s3:prefix": "a"}, "Bool": {"x:y": "true"}}, {"s3__prefix": "a", "x__y": "false"}, False),
    ],
)
def test_conditions(condition: dict[str, Any], keys: dict[str, str], expected: bool) -> None:
    assert ask(policy(statement(Condition=condition)), **keys) == ("Allow" if expected else "None")


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("ForAllValues:StringEquals", ("a", "b"), True),
        ("ForAllValues:StringEquals", ("a", "c"), False),
        ("ForAllValues:StringEquals", None, True),
        ("ForAnyValue:StringEquals", ("a", "c"), True),
        ("ForAnyValue:StringEquals", ("c",), False),
        ("ForAnyValue:StringEquals", None, False),
        ("ForAnyValue:StringNotEquals", ("a", "c"), True),
    ],
)
def test_conditions_over_several_values(operator: str, given: tuple[str, ...] | None, expected: bool) -> None:
    document = policy(statement(Condition={operator: {"s3:RequestObjectTagKeys": ["a", "b"]}}))
    keys = {} if given is None else {"s3:requestobjecttagkeys": given}
    question = Question(ALICE, "s3:GetObject", "arn:aws:s3:::bucket/key", keys)
    assert document.decide(question) == ("Allow" if expected else "None")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "Policies must be valid JSON and the first byte must be '{'"),
        ("[]", "Policies must be valid JSON and the first byte must be '{'"),
        ('{"Version": "2012-10-17"}', "Missing required field Statement"),
        ('{"Version": "2013-01-01", "Statement": []}', "The policy must contain a valid version string"),
        ('{"Version": "2012-10-17", "Other": 1, "Statement": []}', "Unknown field Other"),
        (json.dumps({"Statement": [statement(Effect=None)]}), "Missing required field Effect"),
        (json.dumps({"Statement": [statement(Effect="Maybe")]}), "Invalid effect: Maybe"),
        (json.dumps({"Statement": [statement(Principal=None)]}), "Missing required field Principal"),
        (json.dumps({"Statement": [statement(Action=None)]}), "Missing required field Action"),
        (json.dumps({"Statement": [statement(Resource=None)]}), "Missing required field Resource"),
        (json.dumps({"Statement": [statement(NotAction="s3:*")]}), "Invalid policy syntax."),
        (json.dumps({"Statement": [statement(Principal={"AWS": "nobody"})]}), "Invalid principal in policy"),
        (json.dumps({"Statement": [statement(Condition={"Like": {"a": "b"}})]}), "Invalid Condition type : Like"),
        ('{"Version": "2012-10-17", "Version": "2012-10-17"}', "Policies must be valid JSON"),
    ],
)
def test_what_is_no_policy_is_refused_in_aws_s_words(text: str, message: str) -> None:
    with pytest.raises(PolicySyntaxError, match=message.replace("{", "{").replace(".", r"\.")):
        parse(text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, True),
        ({"Principal": {"AWS": "111122223333"}}, False),
        ({"Effect": "Deny"}, False),
        ({"Principal": None, "NotPrincipal": {"AWS": "111122223333"}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, False),
        ({"Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}, True),
        ({"Condition": {"StringLike": {"s3:prefix": "a"}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}}, True),
    ],
)
def test_publicness(given: dict[str, Any], expected: bool) -> None:
    assert is_public(policy(statement(**given))) is expected
