"""Three replicas on one database, one killed and one stopped under load: exact counts, each change streamed once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from tests.processes import REGION, Running, running_service
from tests.sizes import seconds, size
from tests.waiting import PATIENCE, wait_until

TABLE = "counters"
_WRITERS, _ITEMS = 3, 5
_INCREMENTS = size(120, 3_334)  # transactions of each writer, with two increments each


@pytest.fixture(params=["sqlite", "postgresql"])
def replicas(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[Running]]:
    """Three, of one fleet and on one data folder or one server's database."""
    environment = {"RUSTSTACK_FLEET": "three", "RUSTSTACK_DATA_DIR": str(tmp_path / "data")}
    if request.param == "postgresql":
        environment["RUSTSTACK_DYNAMODB_DATABASE_URL"] = request.getfixturevalue("postgresql_url")
    with ExitStack() as stack:
        yield [
            stack.enter_context(running_service("dynamodb", tmp_path / str(number), environment=environment))
            for number in range(3)
        ]


@pytest.fixture
def clients(replicas: list[Running]) -> Iterator[list[Any]]:
    made = [replica.client("dynamodb") for replica in replicas]
    yield made
    for client in made:
        client.close()


def create(client: Any, **given: Any) -> Any:
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    types = [{"AttributeName": "id", "AttributeType": "S"}]
    return client.create_table(
        TableName=TABLE, KeySchema=key, AttributeDefinitions=types, BillingMode="PAY_PER_REQUEST", **given
    )["TableDescription"]


class Writer:
    """Adds to counters, each time with a token of its own, and changes over to another replica when its own goes."""

    def __init__(self, number: int, clients: list[Any]) -> None:
        self._number = number
        self._clients = clients
        self.done = 0
        self.errors: list[Exception] = []
        self.thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        turn = self._number
        try:
            while self.done < _INCREMENTS:
                try:
                    self._increment(self._clients[turn % len(self._clients)])
                except (BotoCoreError, OSError):
                    turn += 1
                else:
                    self.done += 1
        except Exception as error:
            self.errors.append(error)

    def _increment(self, client: Any) -> None:
        names = (f"item-{(self.done + place) % _ITEMS}" for place in range(2))
        add = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}
        updates = [{"Update": {"TableName": TABLE, "Key": {"id": {"S": name}}, **add}} for name in names]
        client.transact_write_items(TransactItems=updates, ClientRequestToken=f"{self._number}-{self.done}")


@pytest.mark.timeout(seconds(180))
def test_one_is_killed_and_one_is_stopped(replicas: list[Running], clients: list[Any]) -> None:
    stream = create(clients[1], StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    writers = [Writer(number, clients) for number in range(_WRITERS)]
    for writer in writers:
        writer.thread.start()
    everything = _WRITERS * _INCREMENTS
    killed, stopped = replicas[1].process, replicas[2].process
    assert killed is not None and stopped is not None
    wait_until(lambda: sum(writer.done for writer in writers) > everything // 3, seconds(PATIENCE))
    killed.send_signal(signal.SIGKILL)
    wait_until(lambda: sum(writer.done for writer in writers) > everything * 2 // 3, seconds(PATIENCE))
    stopped.send_signal(signal.SIGTERM)
    for writer in writers:
        writer.thread.join(seconds(100))
    assert [writer.errors for writer in writers] == [[]] * _WRITERS
    assert stopped.wait(20) == 0
    items = clients[0].scan(TableName=TABLE, ConsistentRead=True)["Items"]
    assert sum(int(item["n"]["N"]) for item in items) == 2 * everything
    seen: dict[str, list[int]] = {}
    for record in _records(replicas[0], stream["LatestStreamArn"]):
        image = record["dynamodb"]["NewImage"]
        seen.setdefault(image["id"]["S"], []).append(int(image["n"]["N"]))
    assert seen == {item["id"]["S"]: list(range(1, int(item["n"]["N"]) + 1)) for item in items}


def _records(replica: Running, stream_arn: str, region: str = REGION) -> list[Any]:
    streams = replica.client("dynamodbstreams", region_name=region)
    found: list[Any] = []
    shards = streams.describe_stream(StreamArn=stream_arn)["StreamDescription"]["Shards"]
    for shard in shards:
        iterator = streams.get_shard_iterator(
            StreamArn=stream_arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while iterator:
            answer = streams.get_records(ShardIterator=iterator)
            found += answer["Records"]
            iterator = answer.get("NextShardIterator") if answer["Records"] else None
    streams.close()
    return found


def test_what_one_changes_the_others_see(replicas: list[Running], clients: list[Any]) -> None:
    one, two, three = clients
    create(one)
    for number in range(3):
        two.put_item(TableName=TABLE, Item={"id": {"S": str(number)}, "until": {"N": "1700000000"}})
    assert len(three.scan(TableName=TABLE)["Items"]) == 3
    index = {
        "IndexName": "by-kind",
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "kind")]
    three.update_table(TableName=TABLE, AttributeDefinitions=types, GlobalSecondaryIndexUpdates=[{"Create": index}])
    wait_until(lambda: _index_status(one) == "ACTIVE")
    one.put_item(TableName=TABLE, Item={"id": {"S": "9"}, "kind": {"S": "k"}})
    query = {"IndexName": "by-kind", "KeyConditionExpression": "kind = :k"}
    values = {":k": {"S": "k"}}
    assert two.query(TableName=TABLE, ExpressionAttributeValues=values, **query)["Count"] == 1
    three.delete_table(TableName=TABLE)
    for client in clients:
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.put_item(TableName=TABLE, Item={"id": {"S": "x"}})


def test_an_index_is_filled_though_who_was_asked_for_it_has_died(replicas: list[Running], clients: list[Any]) -> None:
    create(clients[0])
    items = [{"id": {"S": str(number)}, "kind": {"S": "k"}} for number in range(300)]
    for start in range(0, 300, 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        assert not clients[start % 3].batch_write_item(RequestItems={TABLE: puts})["UnprocessedItems"]
    index = {
        "IndexName": "by-kind",
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("id", "kind")]
    clients[0].update_table(
        TableName=TABLE, AttributeDefinitions=types, GlobalSecondaryIndexUpdates=[{"Create": index}]
    )
    assert replicas[0].process is not None
    replicas[0].process.kill()  # the first that was there, and so the one that holds the lease
    wait_until(lambda: _index_status(clients[1]) == "ACTIVE")
    found = clients[2].query(
        TableName=TABLE,
        IndexName="by-kind",
        KeyConditionExpression="kind = :k",
        ExpressionAttributeValues={":k": {"S": "k"}},
    )
    assert found["Count"] == 300


def _index_status(client: Any) -> str:
    (index,) = client.describe_table(TableName=TABLE)["Table"]["GlobalSecondaryIndexes"]
    status: str = index["IndexStatus"]
    return status


def test_items_expire_once_also_after_whoever_saw_to_it_has_died(replicas: list[Running], clients: list[Any]) -> None:
    stream = create(clients[2], StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    ttl = {"Enabled": True, "AttributeName": "until"}
    clients[1].update_time_to_live(TableName=TABLE, TimeToLiveSpecification=ttl)
    until = str(int(time.time()) + 1000)
    for number in range(20):
        clients[number % 3].put_item(TableName=TABLE, Item={"id": {"S": str(number)}, "until": {"N": until}})
    assert replicas[0].process is not None
    replicas[0].process.kill()  # the first that was there, and so the one that holds the lease
    replicas[2].advance_clock(2000)
    wait_until(lambda: not clients[2].scan(TableName=TABLE)["Items"])
    records = _records(replicas[1], stream["LatestStreamArn"])
    removed = [record["dynamodb"]["Keys"]["id"]["S"] for record in records if record["eventName"] == "REMOVE"]
    assert sorted(removed, key=int) == [str(number) for number in range(20)]


def test_a_cut_at_one_holds_at_all_and_what_each_has_sent_arrives_once(
    replicas: list[Running], clients: list[Any]
) -> None:
    create(clients[0])
    clients[1].update_table(TableName=TABLE, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    there = [replica.client("dynamodb", region_name="eu-west-1") for replica in replicas]
    replicas[2].post("/_aws/dynamodb/regions?cut=eu-west-1")
    for number in range(30):
        clients[number % 3].put_item(TableName=TABLE, Item={"id": {"S": f"of home {number}"}})
        there[number % 3].put_item(TableName=TABLE, Item={"id": {"S": f"of away {number}"}})
    assert [client.scan(TableName=TABLE)["Count"] for client in (*clients, *there)] == [30] * 6
    replicas[1].post("/_aws/dynamodb/regions?join=eu-west-1")
    wait_until(lambda: [client.scan(TableName=TABLE)["Count"] for client in (*clients, *there)] == [60] * 6)
    for replica, region in ((replicas[0], "us-east-1"), (replicas[1], "eu-west-1")):
        described = replica.client("dynamodb", region_name=region).describe_table(TableName=TABLE)["Table"]
        assert len(_records(replica, described["LatestStreamArn"], region)) == 60
    for client in there:
        client.close()
