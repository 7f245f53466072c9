"""Phone numbers, which SNS takes in E.164 form: https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html"""

from __future__ import annotations

import re

_PHONE_NUMBER = re.compile(r"\+?[1-9][0-9]{1,14}")


def is_phone_number(text: str) -> bool:
    """Whether `text` is a number in E.164 form."""
    return _PHONE_NUMBER.fullmatch(text) is not None
