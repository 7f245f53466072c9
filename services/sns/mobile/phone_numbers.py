"""Phone numbers, which SNS takes in E.164 form: https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html"""

from __future__ import annotations

import re

# No country has numbers of less than seven digits, its own code among them.
_PHONE_NUMBER = re.compile(r"\+?[1-9][0-9]{6,14}")


def is_phone_number(text: str) -> bool:
    """Whether `text` is a number in E.164 form."""
    return _PHONE_NUMBER.fullmatch(text) is not None
