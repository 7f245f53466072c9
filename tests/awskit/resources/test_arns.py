"""ARNs: parts, texts, and the partition of every region that AWS has."""

from __future__ import annotations

import json
from importlib import resources

import pytest

from awskit.resources.arns import PARTITIONS, Arn, build_arn, global_arn, parse_arn, partition_of


def test_partition_of_every_region() -> None:
    listed = json.loads(resources.files("botocore").joinpath("data/partitions.json").read_text())["partitions"]
    for partition in listed:
        for region in partition["regions"]:
            assert partition_of(region) == partition["id"], region
    assert {partition["id"] for partition in listed} == PARTITIONS


@pytest.mark.parametrize("region", ["", "aws-global", "local", "moon-east-1", "us-east-1", "cn", "us-gov"])
def test_other_regions_are_in_aws(region: str) -> None:
    assert partition_of(region) == "aws"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("arn:aws:sqs:us-east-1:000000000000:q", Arn("aws", "sqs", "us-east-1", "000000000000", "q")),
        ("arn:aws-cn:s3:::bucket/a:b", Arn("aws-cn", "s3", "", "", "bucket/a:b")),
        ("arn:aws-iso-e:sns:eu-isoe-west-1:1:t:id", Arn("aws-iso-e", "sns", "eu-isoe-west-1", "1", "t:id")),
        ("arn:aws:s3:::", Arn("aws", "s3", "", "", "")),
    ],
)
def test_parts(text: str, parts: Arn) -> None:
    assert parse_arn(text) == parts
    assert str(parts) == text


@pytest.mark.parametrize(
    "text", ["", "arn", "arn:aws:sqs:us-east-1:q", "urn:aws:a:b:c:d", "arn:x:a:b:c:d", "arn:aws::b:c:d"]
)
def test_no_arn(text: str) -> None:
    assert parse_arn(text) is None


@pytest.mark.parametrize("text", ["arn:aws:sqs:cn-north-1:1:q", "arn:aws-cn:sqs:us-east-1:1:q"])
def test_a_region_is_of_its_partition_alone(text: str) -> None:
    assert parse_arn(text) is None
    assert parse_arn("arn:aws-cn:sqs:*:1:q") is not None


def test_built_of_the_regions_partition() -> None:
    assert build_arn("sqs", "us-gov-west-1", "1", "q") == "arn:aws-us-gov:sqs:us-gov-west-1:1:q"
    assert build_arn("sns", "eu-west-1", "1", "t") == "arn:aws:sns:eu-west-1:1:t"
    assert global_arn("iam", "cn-north-1", "1", "root") == "arn:aws-cn:iam::1:root"
    assert global_arn("s3", "us-east-1", "", "b") == "arn:aws:s3:::b"
