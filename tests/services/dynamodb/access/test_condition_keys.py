"""DynamoDB with `RUSTSTACK_AUTH=enforce`: which items and attributes a user may ask for.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from awskit.wire.model import load_model
from services.dynamodb.access.rules import RULES
from tests.access import OWNER, Callers, access_environment, error_of
from tests.processes import running_service

TABLE = f"arn:aws:dynamodb:us-east-1:{OWNER}:table/scores"
OWN_ITEMS = {
    "Effect": "Allow",
    "Action": ["dynamodb:*Item", "dynamodb:Query", "dynamodb:PartiQLInsert"],
    "Resource": [TABLE, f"{TABLE}/index/*"],
    "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}},
}
SOME_ATTRIBUTES = {
    "Effect": "Allow",
    "Action": ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"],
    "Resource": TABLE,
    "Condition": {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["player", "score"]},
        "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
    },
}

REPLICAS_IN_EUROPE = {
    "Effect": "Allow",
    "Action": [
        *("dynamodb:UpdateTable", "dynamodb:CreateTable*", "dynamodb:DeleteTable*"),
        *("dynamodb:*Item", "dynamodb:Query", "dynamodb:Scan"),
    ],
    "Resource": [f"arn:aws:dynamodb:{region}:{OWNER}:table/scores" for region in ("us-east-1", "eu-west-1")],
}
REPLICAS_WITHOUT_ITEMS = {
    **REPLICAS_IN_EUROPE,
    "Action": ["dynamodb:UpdateTable", "dynamodb:CreateTableReplica", "dynamodb:DeleteTableReplica"],
}
AT_HOME = {
    "Effect": "Allow",
    "Action": "dynamodb:*",
    "Resource": "*",
    "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}},
}


def user(name: str, statement: dict[str, Any]) -> str:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    lines = [f"[{name}]", f"aws_access_key_id = AKIA{name.upper()}", f"aws_secret_access_key = {name}"]
    return "\n".join([*lines, f"aws_account_id = {OWNER}", f"user = {name}", f"policy = {policy}", ""])


@pytest.fixture(scope="module")
def dynamodb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    folder = tmp_path_factory.mktemp("dynamodb-access")
    environment = access_environment(folder)
    with (folder / "credentials").open("a") as file:
        file.write("\n" + user("ann", OWN_ITEMS) + "\n" + user("bob", SOME_ATTRIBUTES))
        file.write("\n" + user("eve", REPLICAS_IN_EUROPE))
        file.write("\n" + user("dan", REPLICAS_WITHOUT_ITEMS) + "\n" + user("kim", AT_HOME))
    with running_service("dynamodb", folder, environment=environment) as running:
        callers = Callers(running.url, "dynamodb")
        callers.named("owner").create_table(
            TableName="scores",
            AttributeDefinitions=[{"AttributeName": "player", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "player", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield callers


def denied(call: Any, **given: Any) -> bool:
    return error_of(call, TableName="scores", **given)[:2] == (400, "AccessDeniedException")


def test_every_operation_has_a_rule() -> None:
    for model in ("dynamodb", "dynamodbstreams"):
        assert {name for owner, name in RULES if owner == model} == set(load_model(model).operations)


def test_leading_keys(dynamodb: Callers) -> None:
    ann = dynamodb.named("ann")
    own, other = {"player": {"S": "ann"}}, {"player": {"S": "eve"}}
    ann.put_item(TableName="scores", Item=own)
    assert denied(ann.put_item, Item=other)
    assert ann.get_item(TableName="scores", Key=own)["Item"] == own
    assert denied(ann.delete_item, Key=other)
    condition = {"KeyConditionExpression": "#p = :p", "ExpressionAttributeNames": {"#p": "player"}}
    assert ann.query(TableName="scores", **condition, ExpressionAttributeValues={":p": {"S": "ann"}})["Count"] == 1
    assert denied(ann.query, **condition, ExpressionAttributeValues={":p": {"S": "eve"}})
    legacy = {"player": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "eve"}]}}
    assert denied(ann.query, KeyConditions=legacy)
    assert denied(ann.scan)
    puts = [{"Put": {"TableName": "scores", "Item": item}} for item in (own, other)]
    assert error_of(ann.transact_write_items, TransactItems=puts)[1] == "AccessDeniedException"
    batch = {"scores": [{"PutRequest": {"Item": item}} for item in (own, other)]}
    assert error_of(ann.batch_write_item, RequestItems=batch)[1] == "AccessDeniedException"
    insert = "INSERT INTO \"scores\" VALUE {'player': '%s'}"
    assert error_of(ann.execute_statement, Statement=insert % "eve")[1] == "AccessDeniedException"


def test_attributes(dynamodb: Callers) -> None:
    bob, key = dynamodb.named("bob"), {"player": {"S": "bob"}}
    values = {":s": {"N": "1"}}
    update = {"Key": key, "ExpressionAttributeValues": values}
    bob.update_item(TableName="scores", **update, UpdateExpression="SET score = if_not_exists(score, :s)")
    assert denied(bob.update_item, **update, UpdateExpression="SET rank = :s")
    names = {"#r": "rank"}
    assert denied(bob.update_item, **update, UpdateExpression="SET #r = :s", ExpressionAttributeNames=names)
    assert denied(bob.update_item, **update, UpdateExpression="SET score = :s", ConditionExpression="rank < :s")
    bob.get_item(TableName="scores", Key=key, ProjectionExpression="score")
    assert denied(bob.get_item, Key=key, AttributesToGet=["rank"])
    assert denied(bob.get_item, Key=key, ProjectionExpression="score, rank.best")


def test_a_replica_is_made_and_deleted_by_whoever_may_do_so_in_its_region(dynamodb: Callers) -> None:
    eve = dynamodb.named("eve")
    create, delete = ([{kind: {"RegionName": "eu-west-1"}}] for kind in ("Create", "Delete"))
    for name in ("ann", "dan", "kim"):
        assert denied(dynamodb.named(name).update_table, ReplicaUpdates=create), name
    assert denied(eve.update_table, ReplicaUpdates=[{"Create": {"RegionName": "us-west-2"}}])
    eve.update_table(TableName="scores", ReplicaUpdates=create)
    for name in ("dan", "kim"):
        assert denied(dynamodb.named(name).update_table, ReplicaUpdates=delete), name
    eve.update_table(TableName="scores", ReplicaUpdates=delete)
