"""GetSMSAttributes and SetSMSAttributes: https://docs.aws.amazon.com/sns/latest/api/API_SetSMSAttributes.html"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from awskit.bounds.integers import is_natural
from awskit.database import Transaction
from awskit.service.operation import Input, Output, read_operation, write_operation
from services.sns.errors import invalid_sms_parameter
from services.sns.runtime import SnsContext
from services.sns.store import sms

_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")
_ROLE = re.compile(r"arn:[^:]+:iam::[0-9]{12}:role/.+")

_CHECKS: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "MonthlySpendLimit": lambda value: value.isascii() and value.isdigit(),
        "DeliveryStatusIAMRole": lambda value: _ROLE.fullmatch(value) is not None,
        "DeliveryStatusSuccessSamplingRate": lambda value: is_natural(value, 0, 100),
        "DefaultSenderID": lambda value: _SENDER_ID.fullmatch(value) is not None,
        "DefaultSMSType": lambda value: value in ("Promotional", "Transactional"),
        "UsageReportS3Bucket": lambda value: 3 <= len(value) <= 63,
    }
)
_DEFAULTS: Mapping[str, str] = MappingProxyType({"MonthlySpendLimit": "1"})


@read_operation("GetSMSAttributes")
def get_sms_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Those that have a value; only the named ones where the request names any."""
    found = {**_DEFAULTS, **sms.attributes(transaction, context.account_id, context.region)}
    names = input.get("attributes")
    for name in names or ():
        _check_name(name)
    return {"attributes": {name: value for name, value in found.items() if not names or name in names}}


@write_operation("SetSMSAttributes")
def set_sms_attributes(context: SnsContext, input: Input, transaction: Transaction) -> Output:
    """Set attributes; an empty value takes one away."""
    for name, value in input["attributes"].items():
        _check_name(name)
        if value and not _CHECKS[name](value):
            raise invalid_sms_parameter(f"{name} is invalid")
    merged = {**sms.attributes(transaction, context.account_id, context.region), **input["attributes"]}
    kept = {name: value for name, value in merged.items() if value}
    sms.set_attributes(transaction, context.account_id, context.region, kept)
    return {}


def _check_name(name: str) -> None:
    if name not in _CHECKS:
        raise invalid_sms_parameter(f"{name} is not a valid attribute")
