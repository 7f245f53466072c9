"""The scenario in boto3, or in aioboto3: `python scenario.py PREFIX [aioboto3]`.

Endpoint, credentials and region are those of AWS_ENDPOINT_URL and the other variables.
"""

from __future__ import annotations

import dynamodb_steps
import s3_steps
import sns_steps
import sqs_steps
from steps import client, step


@step
def sts_caller_identity() -> None:
    assert client("sts").get_caller_identity()["Account"] == "000000000000"


@step
def sts_assume_role() -> None:
    role = "arn:aws:iam::000000000000:role/reader"
    taken = client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    session = client(
        "sts",
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )
    assert session.get_caller_identity()["Arn"] == "arn:aws:sts::000000000000:assumed-role/reader/session"


if __name__ == "__main__":
    sts_caller_identity()
    sts_assume_role()
    s3_steps.run()
    dynamodb_steps.run()
    sqs_steps.run()
    sns_steps.run()
