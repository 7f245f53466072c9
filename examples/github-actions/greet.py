"""Greets whom it is told to, once each."""

import sys

import boto3


def greet(name):
    boto3.resource("dynamodb").Table("greetings").put_item(
        Item={"name": name}, ConditionExpression="attribute_not_exists(#n)", ExpressionAttributeNames={"#n": "name"}
    )
    boto3.client("s3").put_object(Bucket="greetings", Key=name, Body=f"Hello, {name}!".encode())


if __name__ == "__main__":
    greet(sys.argv[1])
