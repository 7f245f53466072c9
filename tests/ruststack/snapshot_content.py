"""Something of everything that a fleet keeps, for the tests of snapshots: made, and looked at."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen

from tests.processes import ACCOUNT_ID, Running

LARGE = bytes(range(256)) * 800


def fill(fleet: Running, account: str = ACCOUNT_ID, mark: str = "one", bucket: str = "a-bucket") -> None:
    """Objects (small, large, in parts, versions), a table with an index, a stream and a backup, queues, a topic."""
    s3, sqs, sns, dynamodb = (fleet.client(name, account_id=account) for name in ("s3", "sqs", "sns", "dynamodb"))
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="small", Body=mark.encode(), Metadata={"mark": mark})
    s3.put_object(Bucket=bucket, Key="large", Body=LARGE + mark.encode())
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=LARGE)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=parts)
    url = sqs.create_queue(QueueName="queue.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    for number in range(3):
        body = f"{mark} {number}" + "x" * 70_000 * (number == 2)
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=str(number))
    sqs.create_queue(QueueName="target")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    target = f"arn:aws:sqs:us-east-1:{account}:target"
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=target, Attributes={"RawMessageDelivery": "true"})
    dynamodb.create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "tint")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-tint",
                "KeySchema": [{"AttributeName": "tint", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    dynamodb.put_item(TableName="table", Item={"id": {"S": mark}, "tint": {"S": "red"}})
    dynamodb.create_backup(TableName="table", BackupName="backup")


def content(fleet: Running, account: str = ACCOUNT_ID, bucket: str = "a-bucket") -> dict[str, Any]:
    """What there is now, as `fill` made it; messages stay where they are."""
    s3, sqs, sns, dynamodb = (fleet.client(name, account_id=account) for name in ("s3", "sqs", "sns", "dynamodb"))
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
    queue = sqs.get_queue_url(QueueName="queue.fifo")["QueueUrl"]
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", ())
    by_tint = {":tint": {"S": "red"}}
    found = dynamodb.query(
        TableName="table",
        IndexName="by-tint",
        KeyConditionExpression="tint = :tint",
        ExpressionAttributeValues=by_tint,
    )
    return {
        "objects": {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys},
        "messages": [message["Body"] for message in received],
        "topics": len(sns.list_topics()["Topics"]),
        "subscriptions": len(sns.list_subscriptions()["Subscriptions"]),
        "items": found["Items"],
        "records": _stream_records(fleet, account),
        "backups": len(dynamodb.list_backups()["BackupSummaries"]),
    }


def _stream_records(fleet: Running, account: str) -> list[Any]:
    streams = fleet.client("dynamodbstreams", account_id=account)
    (stream,) = streams.list_streams(TableName="table")["Streams"]
    shards = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    found: list[Any] = []
    for shard in shards:
        asked = {"StreamArn": stream["StreamArn"], "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = streams.get_shard_iterator(**asked)["ShardIterator"]
        found += [record["dynamodb"]["Keys"] for record in streams.get_records(ShardIterator=iterator)["Records"]]
    return found


def ask(fleet: Running, method: str, path: str = "", body: bytes | None = None) -> Any:
    """What `/_ruststack/snapshots...` answers; raises HTTPError."""
    request = Request(f"{fleet.url}/_ruststack/snapshots{path}", body, method=method)
    with urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())
