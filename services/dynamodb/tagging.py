"""Tags of tables and streams: their limits and characters.

Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from services.dynamodb.values import ValidationException

_MOST_TAGS: Final = 50
_KEY_LENGTH: Final = 128
_VALUE_LENGTH: Final = 256
# letters, white space and numbers of any script, and + - = . _ : / @
_ALLOWED: Final = re.compile(r"[\w\s+\-=.:/@]*")


def check_tags(tags: Iterable[Mapping[str, str]], present: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tags by key, together with those `present` already."""
    merged: dict[str, str] = {}
    for tag in tags:
        key, value = tag["Key"], tag["Value"]
        if key in merged:
            raise ValidationException("One or more parameter values were invalid: Duplicate tag key: " + key)
        if key.lower().startswith("aws:"):
            raise ValidationException(
                "One or more parameter values were invalid: Tag keys that start with aws: are reserved: " + key
            )
        for text in (key, value):
            if not _ALLOWED.fullmatch(text):
                raise ValidationException(
                    f"One or more parameter values were invalid: Tag contains characters that are not allowed: {text}"
                )
        merged[key] = value
    merged = {**(present or {}), **merged}
    if len(merged) > _MOST_TAGS:
        raise ValidationException(
            f"One or more parameter values were invalid: Too many tags: the limit is {_MOST_TAGS} for each resource"
        )
    return merged
