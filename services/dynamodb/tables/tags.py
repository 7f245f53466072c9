"""Tags of tables and streams: their limits and characters.

Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from services.dynamodb.errors import ValidationException

_MOST_TAGS: Final = 50
_KEY_LENGTH: Final = 128
_VALUE_LENGTH: Final = 256
# letters, white space and numbers of any script, and + - = . _ : / @
_ALLOWED: Final = re.compile(r"[\w\s+\-=.:/@]*")


def check_tags(tags: Iterable[Mapping[str, str]], present: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tags by key, together with those `present` already."""
    merged: dict[str, str] = {}
    for tag in tags:
        key, value = check_tag_key(tag.get("Key")), tag.get("Value")
        if key in merged:
            raise ValidationException(f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}")
        if key.lower().startswith("aws:"):
            raise ValidationException(f"Tag Key cannot be prefixed with aws:, Key: {key}")
        if value is None or len(value) > _VALUE_LENGTH or not _ALLOWED.fullmatch(value):
            raise ValidationException(f"The Tag Value provided is invalid, Value: {_shown(value)}")
        merged[key] = value
    merged = {**(present or {}), **merged}
    if len(merged) > _MOST_TAGS:
        raise ValidationException("Number of Tags exceed the current limit for the provided ResourceArn")
    return merged


def check_tag_key(key: str | None) -> str:
    """The key, which is given, not too long, and has no characters that it may not."""
    if key is None or not 0 < len(key) <= _KEY_LENGTH or not _ALLOWED.fullmatch(key):
        raise ValidationException(f"The Tag Key provided is invalid, Key: {_shown(key)}")
    return key


def _shown(text: str | None) -> str:
    return "null" if text is None else text
