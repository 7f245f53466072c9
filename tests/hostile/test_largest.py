"""The largest requests that AWS's own limits allow: the processor's time and the memory that each takes.

The margins are wide: half a second is promised, on a machine that has it to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.hostile.measuring import MEGABYTE, Usage, forget_peak, peak_memory
from tests.processes import Running, running_fleet

_SECONDS = 1.0
_TABLE = "largest"
_TEXT = "a" * 160_000


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A fleet with a hundred large items and some thousand small ones, a thousand objects, a queue and a topic."""
    with running_fleet(tmp_path_factory.mktemp("largest")) as fleet:
        dynamodb, s3 = fleet.client("dynamodb"), fleet.client("s3")
        for name in (_TABLE, "small"):
            dynamodb.create_table(
                TableName=name,
                KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        for number in range(100):
            dynamodb.put_item(TableName=_TABLE, Item={"k": {"S": str(number)}, "a": {"S": _TEXT}})
        for start in range(0, 5000, 25):
            puts = [{"PutRequest": {"Item": {"k": {"S": str(number)}}}} for number in range(start, start + 25)]
            dynamodb.batch_write_item(RequestItems={"small": puts})
        s3.create_bucket(Bucket="largest")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda number: s3.put_object(Bucket="largest", Key=f"{number:04}", Body=b"a"), range(1000)))
        fleet.client("sqs").create_queue(QueueName="largest")
        yield fleet


def batch_get(fleet: Running) -> None:
    keys = [{"k": {"S": str(number)}} for number in range(100)]
    found = fleet.client("dynamodb").batch_get_item(RequestItems={_TABLE: {"Keys": keys}})
    assert found["Responses"][_TABLE]


def transaction(fleet: Running) -> None:
    puts = [
        {"Put": {"TableName": _TABLE, "Item": {"k": {"S": f"t{n}"}, "a": {"S": _TEXT[:40_000]}}}} for n in range(100)
    ]
    fleet.client("dynamodb").transact_write_items(TransactItems=puts)


def filtered_scan(fleet: Running) -> None:
    """Three hundred operators, none of which decides, over as many items as there are."""
    expression = " OR ".join(["a = :v"] * 150)
    values = {":v": {"S": "a"}}
    page = fleet.client("dynamodb").scan(
        TableName="small", FilterExpression=expression, ExpressionAttributeValues=values
    )
    assert page["Count"] == 0


def listing(fleet: Running) -> None:
    assert fleet.client("s3").list_objects_v2(Bucket="largest")["KeyCount"] == 1000


def deletion(fleet: Running) -> None:
    objects = [{"Key": f"{number:04}"} for number in range(1000)]
    assert len(fleet.client("s3").delete_objects(Bucket="largest", Delete={"Objects": objects})["Deleted"]) == 1000


def batch_of_messages(fleet: Running) -> None:
    entries = [{"Id": str(number), "MessageBody": "a" * 100_000} for number in range(10)]
    url = f"{fleet.url}/000000000000/largest"
    assert len(fleet.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)["Successful"]) == 10


CASES: dict[str, tuple[str, Callable[[Running], Any]]] = {
    "BatchGetItem of a hundred large items": ("dynamodb", batch_get),
    "TransactWriteItems of 4 MB": ("dynamodb", transaction),
    "Scan with 300 operators": ("dynamodb", filtered_scan),
    "ListObjectsV2 of 1,000 keys": ("s3", listing),
    "DeleteObjects of 1,000 keys": ("s3", deletion),
    "SendMessageBatch of 1 MB": ("sqs", batch_of_messages),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.timeout(240)
def test_time_and_memory(filled: Running, name: str, record_property: Callable[[str, object], None]) -> None:
    service, call = CASES[name]
    pid = filled.service_pids()[service]
    forget_peak(pid)
    before = Usage.of(pid)
    call(filled)
    seconds, grown = Usage.of(pid).seconds - before.seconds, peak_memory(pid) - before.memory
    record_property("figure", f"{name}: {seconds * 1000:.0f} ms of the processor, {grown / MEGABYTE:.0f} MB")
    assert seconds < _SECONDS
    assert grown < 64 * MEGABYTE
