"""What AWS refuses as a bucket's policy, with its words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from awskit.errors import AwsError
from services.s3.access.bucket_policies import check_policy


def text(**given: Any) -> str:
    base = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
    statement = {name: value for name, value in {**base, **given}.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]},
        {"Action": "s3:*", "Resource": "*"},
        {"Action": "*", "Resource": "arn:aws:s3:::bucket/home/*"},
        {"Action": "s3:List*", "Resource": "arn:aws:s3:::*"},
        {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket*"},
        {"Action": None, "NotAction": "s3:GetObject"},
        {"Resource": None, "NotResource": "arn:aws:s3:::bucket/x"},
        {"Action": "s3:ReplicateObject"},
    ],
)
def test_accepted(given: dict[str, Any]) -> None:
    assert check_policy(text(**given), "arn:aws:s3:::bucket").statements


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"Action": "s3:Nothing"}, "Policy has invalid action"),
        ({"Action": "sqs:SendMessage"}, "Policy has invalid action"),
        ({"Resource": "arn:aws:s3:::other/*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::bucket-other"}, "Policy has invalid resource"),
        ({"Action": "s3:ListBucket"}, "Action does not apply to any resource(s) in statement"),
        ({"Resource": "arn:aws:s3:::bucket"}, "Action does not apply to any resource(s) in statement"),
        ({"Principal": None}, "Missing required field Principal"),
        ({"Condition": {"Like": {"a": "b"}}}, "Invalid Condition type : Like"),
        ({"Sid": "x" * 21_000}, "Normalized policy document exceeds the maximum allowed size of 20480 bytes"),
    ],
)
def test_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(AwsError) as caught:
        check_policy(text(**given), "arn:aws:s3:::bucket")
    assert (caught.value.code, caught.value.status, caught.value.message) == ("MalformedPolicy", 400, message)
