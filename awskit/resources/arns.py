"""Amazon Resource Names: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, and the partition of a region.

In: texts of clients, or the parts of a name. Out: an `Arn`, or its text. Nothing is raised: what is no ARN is None.
What a resource may be is each service's own to check.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

from __future__ import annotations

import re
from typing import NamedTuple

DEFAULT_PARTITION = "aws"

_PARTITIONS = {
    "cn-": "aws-cn",
    "aws-cn-global": "aws-cn",
    "us-gov-": "aws-us-gov",
    "aws-us-gov-global": "aws-us-gov",
    "us-iso-": "aws-iso",
    "aws-iso-global": "aws-iso",
    "us-isob-": "aws-iso-b",
    "aws-iso-b-global": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "aws-iso-e-global": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "aws-iso-f-global": "aws-iso-f",
    "eusc-": "aws-eusc",
}
"""The partition of the regions whose names begin so; all other regions, also unknown ones, are in `aws`."""
_DNS_SUFFIXES = {
    "aws-cn": "amazonaws.com.cn",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-eusc": "amazonaws.eu",
}
_BEGINNINGS = tuple(_PARTITIONS)

_WILDCARDS = frozenset("*?")
PARTITIONS = frozenset((DEFAULT_PARTITION, *_PARTITIONS.values()))

_ACCOUNTS = re.compile(r"[0-9]{12}|(?=.*[*?])[0-9*?]*")


class Arn(NamedTuple):
    """The parts of an ARN; `region` and `account_id` may be empty, `resource` may hold further colons."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account_id}:{self.resource}"


def parse_arn(text: str) -> Arn | None:
    """The parts of `text`; None where it does not have an ARN's six, or names no known partition or no service.

    Nor is it one where its region is of another partition: `arn:aws:sqs:cn-north-1:...` names nothing.
    """
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[1] not in PARTITIONS or not parts[2]:
        return None
    region = parts[3]
    if region and partition_of(region) != parts[1] and not _WILDCARDS.intersection(region):
        return None
    return Arn(*parts[1:])


def build_arn(service: str, region: str, account_id: str, resource: str) -> str:
    """The ARN of a resource in a region, of that region's partition."""
    return f"arn:{partition_of(region)}:{service}:{region}:{account_id}:{resource}"


def global_arn(service: str, region: str, account_id: str, resource: str) -> str:
    """The ARN of a resource whose name says nothing of its region (IAM, STS, S3's buckets), seen from `region`."""
    return f"arn:{partition_of(region)}:{service}::{account_id}:{resource}"


def dns_suffix_of(region: str) -> str:
    """The domain of AWS's endpoints in a region: `amazonaws.com` for `us-east-1`."""
    return _DNS_SUFFIXES.get(partition_of(region), "amazonaws.com")


def partition_of(region: str) -> str:
    """`aws-cn` for `cn-north-1`, `aws` for `us-east-1` and for what is no known region."""
    if not region.startswith(_BEGINNINGS):
        return DEFAULT_PARTITION
    return next(partition for beginning, partition in _PARTITIONS.items() if region.startswith(beginning))


def is_account_pattern(text: str) -> bool:
    """Whether it is an account's 12 digits, or stands for such with `*` and `?`."""
    return _ACCOUNTS.fullmatch(text) is not None
