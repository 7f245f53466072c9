"""Tags of tables and streams: their limits and characters.

Raised: `ValidationException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from awskit.resources.tags import MOST_TAGS, is_reserved, is_tag_key, is_tag_value
from services.dynamodb.errors import ValidationException


def check_tags(tags: Iterable[Mapping[str, str]], present: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tags by key, together with those `present` already."""
    merged: dict[str, str] = {}
    for tag in tags:
        key, value = check_tag_key(tag.get("Key")), tag.get("Value")
        if key in merged:
            raise ValidationException(f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}")
        if is_reserved(key):
            raise ValidationException(f"Tag Key cannot be prefixed with aws:, Key: {key}")
        if value is None or not is_tag_value(value):
            raise ValidationException(f"The Tag Value provided is invalid, Value: {_shown(value)}")
        merged[key] = value
    merged = {**(present or {}), **merged}
    if len(merged) > MOST_TAGS:
        raise ValidationException("Number of Tags exceed the current limit for the provided ResourceArn")
    return merged


def check_tag_key(key: str | None) -> str:
    """The key, which is given, not too long, and has no characters that it may not."""
    if key is None or not is_tag_key(key):
        raise ValidationException(f"The Tag Key provided is invalid, Key: {_shown(key)}")
    return key


def _shown(text: str | None) -> str:
    return "null" if text is None else text
