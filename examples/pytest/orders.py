"""Takes orders into a table, tells a queue of them, ships what the queue holds."""

import json
import time

import boto3
from botocore.exceptions import ClientError

TABLE, QUEUE = "orders", "to-ship"


class AlreadyTaken(Exception):
    """There is an order of that number."""


def set_up():
    """Make what the application needs."""
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "number", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "number", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    boto3.client("sqs").create_queue(QueueName=QUEUE, Attributes={"VisibilityTimeout": "600"})


def take(number, text):
    """Take an order."""
    table = boto3.resource("dynamodb").Table(TABLE)
    try:
        table.put_item(
            Item={"number": number, "text": text, "taken": int(time.time()), "shipped": False},
            ConditionExpression="attribute_not_exists(#n)",
            ExpressionAttributeNames={"#n": "number"},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise AlreadyTaken(number) from None
        raise
    boto3.resource("sqs").get_queue_by_name(QueueName=QUEUE).send_message(MessageBody=json.dumps({"number": number}))


def ship(carry):
    """Have `carry` bring away what the queue holds; the numbers that it has brought away."""
    table = boto3.resource("dynamodb").Table(TABLE)
    shipped = []
    for message in boto3.resource("sqs").get_queue_by_name(QueueName=QUEUE).receive_messages(MaxNumberOfMessages=10):
        number = json.loads(message.body)["number"]
        carry(number)
        table.update_item(
            Key={"number": number}, UpdateExpression="SET shipped = :yes", ExpressionAttributeValues={":yes": True}
        )
        message.delete()
        shipped.append(number)
    return shipped
