"""DynamoDB and its streams in boto3."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError
from steps import PREFIX, client, raises, resource, step

dynamodb = client("dynamodb")
TABLE = f"{PREFIX}-table"
DEFINITION: dict[str, Any] = {
    "TableName": TABLE,
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "Artist", "KeyType": "HASH"}, {"AttributeName": "Song", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("Artist", "Song", "Genre")],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "ByGenre",
            "KeySchema": [{"AttributeName": "Genre", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


def key(song: str) -> dict[str, dict[str, str]]:
    return {"Artist": {"S": "Choir"}, "Song": {"S": song}}


@step
def dynamodb_create_table() -> None:
    dynamodb.create_table(**DEFINITION)
    dynamodb.get_waiter("table_exists").wait(TableName=TABLE)
    assert dynamodb.describe_table(TableName=TABLE)["Table"]["TableStatus"] == "ACTIVE"


@step
def dynamodb_table_in_use() -> None:
    with raises(dynamodb.exceptions.ResourceInUseException, status=400):
        dynamodb.create_table(**DEFINITION)


@step
def dynamodb_types() -> None:
    table = resource("dynamodb").Table(TABLE)
    item = {
        "Artist": "Choir",
        "Song": "Anthem",
        "Number": Decimal("-12345678901234567890.123456789"),
        "Binary": b"\x00\xff",
        "True": True,
        "Nothing": None,
        "List": ["a", Decimal(1), [False]],
        "Map": {"nested": {"deep": "ü"}},
        "Strings": {"a", "b"},
        "Numbers": {Decimal(1), Decimal("2.5")},
        "Binaries": {b"a", b"b"},
    }
    table.put_item(Item=item)
    assert table.get_item(Key={"Artist": "Choir", "Song": "Anthem"}, ConsistentRead=True)["Item"] == item


@step
def dynamodb_update() -> None:
    updated = dynamodb.update_item(
        TableName=TABLE,
        Key=key("Anthem"),
        UpdateExpression="SET Plays = if_not_exists(Plays, :zero) + :one, #m.nested.deep = :new REMOVE Nothing",
        ExpressionAttributeNames={"#m": "Map"},
        ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}, ":new": {"S": "new"}},
        ReturnValues="UPDATED_NEW",
    )["Attributes"]
    assert updated == {"Plays": {"N": "1"}, "Map": {"M": {"nested": {"M": {"deep": {"S": "new"}}}}}}


@step
def dynamodb_condition_failed() -> None:
    with raises(dynamodb.exceptions.ConditionalCheckFailedException, status=400) as caught:
        dynamodb.put_item(
            TableName=TABLE,
            Item=key("Anthem"),
            ConditionExpression="attribute_not_exists(Artist)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert caught[0].response["Item"]["Plays"] == {"N": "1"}


@step
def dynamodb_no_such_table() -> None:
    with raises(dynamodb.exceptions.ResourceNotFoundException, status=400):
        dynamodb.get_item(TableName=f"{TABLE}-none", Key=key("Anthem"))


@step
def dynamodb_validation() -> None:
    with raises(ClientError, "ValidationException", 400):
        dynamodb.update_item(TableName=TABLE, Key=key("Anthem"), UpdateExpression="SET Plays +")


@step
def dynamodb_batch() -> None:
    items = [{**key(f"Song {n:02}"), "Genre": {"S": "choral"}, "Year": {"N": str(2000 + n)}} for n in range(25)]
    written = dynamodb.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": item}} for item in items]})
    assert written["UnprocessedItems"] == {}
    read = dynamodb.batch_get_item(RequestItems={TABLE: {"Keys": [key(f"Song {n:02}") for n in range(25)]}})
    assert sorted(read["Responses"][TABLE], key=str) == sorted(items, key=str)


@step
def dynamodb_query_index() -> None:
    found = (
        resource("dynamodb")
        .Table(TABLE)
        .query(
            IndexName="ByGenre",
            KeyConditionExpression=Key("Genre").eq("choral"),
            FilterExpression=Attr("Year").gte(2020),
        )
    )
    assert (found["Count"], found["ScannedCount"]) == (5, 25)


@step
def dynamodb_query_paginator() -> None:
    pages = dynamodb.get_paginator("query").paginate(
        TableName=TABLE,
        KeyConditionExpression="Artist = :a AND begins_with(Song, :s)",
        ExpressionAttributeValues={":a": {"S": "Choir"}, ":s": {"S": "Song "}},
        ScanIndexForward=False,
        PaginationConfig={"PageSize": 10},
    )
    found = [[item["Song"]["S"] for item in page["Items"]] for page in pages]
    assert [len(page) for page in found] == [10, 10, 5]
    assert found[0][0] == "Song 24"


@step
def dynamodb_scan_segments() -> None:
    counts = [dynamodb.scan(TableName=TABLE, Segment=n, TotalSegments=4, Select="COUNT")["Count"] for n in range(4)]
    assert sum(counts) == 26


@step
def dynamodb_transact() -> None:
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": TABLE, "Item": {**key("Ballad"), "Plays": {"N": "1"}}}},
            {
                "Update": {
                    "TableName": TABLE,
                    "Key": key("Anthem"),
                    "UpdateExpression": "ADD Plays :n",
                    "ExpressionAttributeValues": {":n": {"N": "5"}},
                }
            },
        ],
        ClientRequestToken=PREFIX[-32:],
    )
    got = dynamodb.transact_get_items(
        TransactItems=[{"Get": {"TableName": TABLE, "Key": key(song)}} for song in ("Ballad", "Anthem")]
    )
    assert [answer["Item"]["Plays"]["N"] for answer in got["Responses"]] == ["1", "6"]


@step
def dynamodb_transaction_cancelled() -> None:
    with raises(dynamodb.exceptions.TransactionCanceledException, status=400) as caught:
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": TABLE, "Item": key("Chorale")}},
                {
                    "Delete": {
                        "TableName": TABLE,
                        "Key": key("Ballad"),
                        "ConditionExpression": "Plays > :n",
                        "ExpressionAttributeValues": {":n": {"N": "100"}},
                    }
                },
            ]
        )
    reasons = caught[0].response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    assert "Item" not in dynamodb.get_item(TableName=TABLE, Key=key("Chorale"))


@step
def dynamodb_partiql() -> None:
    statement = f'SELECT Plays FROM "{TABLE}" WHERE Artist = ? AND Song = ?'
    found = dynamodb.execute_statement(Statement=statement, Parameters=[{"S": "Choir"}, {"S": "Anthem"}])
    assert found["Items"] == [{"Plays": {"N": "6"}}]


@step
def dynamodb_ttl() -> None:
    dynamodb.update_time_to_live(TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "Expires"})
    described = dynamodb.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    assert (described["AttributeName"], described["TimeToLiveStatus"]) == ("Expires", "ENABLED")


@step
def dynamodb_stream() -> None:
    streams = client("dynamodbstreams")
    arn = dynamodb.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
    (shard, *_) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    records = streams.get_records(ShardIterator=iterator)["Records"]
    assert [record["eventName"] for record in records[:3]] == ["INSERT", "MODIFY", "INSERT"]
    assert records[1]["dynamodb"]["NewImage"]["Plays"] == {"N": "1"}
    assert "Plays" not in records[1]["dynamodb"]["OldImage"]


@step
def dynamodb_delete_table() -> None:
    dynamodb.delete_table(TableName=TABLE)
    dynamodb.get_waiter("table_not_exists").wait(TableName=TABLE)


def run() -> None:
    dynamodb_create_table()
    dynamodb_table_in_use()
    dynamodb_types()
    dynamodb_update()
    dynamodb_condition_failed()
    dynamodb_no_such_table()
    dynamodb_validation()
    dynamodb_batch()
    dynamodb_query_index()
    dynamodb_query_paginator()
    dynamodb_scan_segments()
    dynamodb_transact()
    dynamodb_transaction_cancelled()
    dynamodb_partiql()
    dynamodb_ttl()
    dynamodb_stream()
    dynamodb_delete_table()
