"""`ruststack regions`, `regions cut` and `regions join`."""

from __future__ import annotations

from tests.processes import Running
from tests.ruststack.command import refusal, ruststack
from tests.waiting import wait_until


def test_a_region_is_cut_off_and_joined(fleet: Running, account_id: str) -> None:
    asked = ("--account", account_id, "--endpoint-url", fleet.url)
    dynamodb = fleet.client("dynamodb", account_id=account_id)
    dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.update_table(TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    cut = f"eu-west-1 is cut off for account {account_id}"
    assert cut in ruststack("regions", "cut", "eu-west-1", *asked).stdout.splitlines()
    dynamodb.put_item(TableName="orders", Item={"id": {"S": "k"}})
    shown = ruststack("regions", "--endpoint-url", fleet.url).stdout.splitlines()
    assert f"{account_id} orders: 1 from us-east-1 to eu-west-1" in shown
    assert cut in shown
    line = refusal("regions", "join", "eu-west-1", "--endpoint-url", fleet.url)
    assert f"eu-west-1 is not cut off for all accounts, but for account={account_id}" in line
    assert cut not in ruststack("regions", "join", "eu-west-1", *asked).stdout
    there = fleet.client("dynamodb", account_id=account_id, region_name="eu-west-1")
    wait_until(lambda: there.scan(TableName="orders")["Count"] == 1)
    line = refusal("regions", "join", "eu-west-1", *asked)
    assert f"eu-west-1 is not cut off for {account_id}" in line
    assert "say cut=REGION" in refusal("regions", "cut", "nowhere", *asked)
