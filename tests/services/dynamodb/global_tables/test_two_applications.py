"""Two applications in two regions, by boto3: what they write meets, conflicts end, a killed process loses nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import Running, running_service
from tests.waiting import wait_until

HOME, AWAY = "us-east-1", "eu-west-1"
TABLE = "orders"
PATH = "/_aws/dynamodb/regions"
_KEY = {"id": {"S": "k"}}


def clients_of(running: Running, account_id: str = "000000000000") -> tuple[Any, Any]:
    """A client in each of the two regions."""
    home, away = (running.client("dynamodb", account_id=account_id, region_name=region) for region in (HOME, AWAY))
    return home, away


def create(home: Any) -> None:
    """A global table in the two regions."""
    home.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    home.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": AWAY}}])
    home.get_waiter("table_exists").wait(TableName=TABLE)


def item(client: Any) -> dict[str, Any] | None:
    found: dict[str, Any] | None = client.get_item(TableName=TABLE, Key=_KEY).get("Item")
    return found


def ids(client: Any) -> set[str]:
    pages = client.get_paginator("scan").paginate(TableName=TABLE)
    return {found["id"]["S"] for page in pages for found in page["Items"]}


def streamed(running: Running, region: str) -> list[str]:
    """The id of each record in a region's stream."""
    dynamodb, streams = (running.client(name, region_name=region) for name in ("dynamodb", "dynamodbstreams"))
    arn = dynamodb.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    found: list[str] = []
    while records := (page := streams.get_records(ShardIterator=iterator))["Records"]:
        found += [record["dynamodb"]["Keys"]["id"]["S"] for record in records]
        iterator = page["NextShardIterator"]
    return found


def kill(service: Running) -> None:
    assert service.process is not None
    service.process.send_signal(signal.SIGKILL)
    service.process.wait()


def start_again(service: Running) -> None:
    """Start, and have the leases of the process that was killed lapse, which on PostgreSQL takes a minute."""
    service.start()
    service.advance_clock(61)


def test_a_conflict_a_cut_and_a_healing(fleet: Running, account_id: str) -> None:
    home, away = clients_of(fleet, account_id)
    create(home)
    home.put_item(TableName=TABLE, Item={**_KEY, "state": {"S": "new"}})
    wait_until(lambda: item(away) is not None)
    fleet.post(f"{PATH}?cut={AWAY}&account={account_id}")
    change = {"UpdateExpression": "SET #s = :s", "ExpressionAttributeNames": {"#s": "state"}}
    home.update_item(TableName=TABLE, Key=_KEY, **change, ExpressionAttributeValues={":s": {"S": "paid"}})
    away.update_item(TableName=TABLE, Key=_KEY, **change, ExpressionAttributeValues={":s": {"S": "cancelled"}})
    away.put_item(TableName=TABLE, Item={"id": {"S": "of away"}})
    assert item(home) == {**_KEY, "state": {"S": "paid"}}
    assert item(away) == {**_KEY, "state": {"S": "cancelled"}}
    fleet.post(f"{PATH}?join={AWAY}&account={account_id}")
    last = {**_KEY, "state": {"S": "cancelled"}}
    wait_until(lambda: item(home) == item(away) == last and ids(home) == ids(away) == {"k", "of away"})
    assert fleet.get(f"{PATH}?account={account_id}") == {"cut": [], "waiting": []}
    home.update_table(TableName=TABLE, ReplicaUpdates=[{"Delete": {"RegionName": AWAY}}])
    away.get_waiter("table_not_exists").wait(TableName=TABLE)


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    """DynamoDB alone, on either database."""
    environment = {}
    if request.param == "postgresql":
        environment["RUSTSTACK_DYNAMODB_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    with running_service("dynamodb", tmp_path, environment=environment) as running:
        yield running


def test_a_process_that_is_killed_loses_no_write_and_sends_none_twice(service: Running) -> None:
    home, away = clients_of(service)
    create(home)
    written: dict[str, list[str]] = {HOME: [], AWAY: []}
    ends = threading.Event()

    def write(client: Any, region: str) -> None:
        number = 0
        while not ends.is_set():
            name = f"{region}-{number}"
            try:
                client.put_item(TableName=TABLE, Item={"id": {"S": name}})
            except Exception:  # the process is gone: whether it was written is not known
                return
            written[region].append(name)
            number += 1

    writers = [threading.Thread(target=write, args=pair) for pair in ((home, HOME), (away, AWAY))]
    for writer in writers:
        writer.start()
    wait_until(lambda: all(len(names) > 30 for names in written.values()))
    kill(service)
    ends.set()
    for writer in writers:
        writer.join()
    start_again(service)
    home, away = clients_of(service)
    wait_until(lambda: service.get(PATH)["waiting"] == [])
    assert {name for names in written.values() for name in names} <= ids(home) == ids(away)
    for region in (HOME, AWAY):
        names = streamed(service, region)
        assert len(names) == len(set(names))
        assert set(names) == ids(home)


def test_a_replica_that_is_being_filled_when_the_process_is_killed_is_whole(service: Running) -> None:
    home, away = clients_of(service)
    create(home)
    home.update_table(TableName=TABLE, ReplicaUpdates=[{"Delete": {"RegionName": AWAY}}])
    for first in range(0, 1_500, 25):
        puts = [{"PutRequest": {"Item": {"id": {"S": str(number)}}}} for number in range(first, first + 25)]
        home.batch_write_item(RequestItems={TABLE: puts})
    home.update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": AWAY}}])
    kill(service)
    start_again(service)
    home, away = clients_of(service)
    home.put_item(TableName=TABLE, Item={"id": {"S": "new"}})
    away.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    wait_until(lambda: ids(away) == ids(home))
    assert len(ids(away)) == 1_501


def test_what_waits_for_a_region_outlives_the_process(service: Running) -> None:
    home, away = clients_of(service)
    create(home)
    service.post(f"{PATH}?cut={AWAY}")
    home.put_item(TableName=TABLE, Item=_KEY)
    kill(service)
    start_again(service)
    home, away = clients_of(service)
    assert item(away) is None
    assert service.get(PATH)["waiting"][0]["writes"] == 1
    service.post(f"{PATH}?join={AWAY}")
    wait_until(lambda: item(away) == _KEY)
    assert streamed(service, AWAY) == ["k"]
