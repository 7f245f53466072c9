"""Counts the words of the texts that come into the bucket. All that it uses is there already: the seed has made it."""

import json
from urllib.parse import unquote_plus

import boto3


def count(s3, table, bucket, key):
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    table.put_item(Item={"key": key, "words": len(text.split())})
    print(f"{key}: counted")


def main():
    s3, table = boto3.client("s3"), boto3.resource("dynamodb").Table("words")
    queue = boto3.resource("sqs").get_queue_by_name(QueueName="incoming")
    print("waiting for texts")
    while True:
        for message in queue.receive_messages(WaitTimeSeconds=20):
            for record in json.loads(message.body).get("Records", []):  # S3's test event has none
                count(s3, table, record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))
            message.delete()


if __name__ == "__main__":
    main()
