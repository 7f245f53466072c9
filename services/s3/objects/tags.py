"""Tags of buckets and objects. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qsl

from awskit.errors import AwsError
from awskit.resources.tags import MOST_TAGS, is_reserved, is_tag_key, is_tag_value
from services.s3.errors import invalid_argument

OBJECT_LIMIT = 10
BUCKET_LIMIT = MOST_TAGS

_OF_SYSTEM = "System tags cannot be added/updated by requester"

Tags = list[list[str]]


def of_header(value: str | None) -> Tags | None:
    """The tags of `x-amz-tagging` (`key=value&key2=value2`, URL-encoded)."""
    if not value:
        return None
    if any(pair.startswith("=") or pair.count("=") > 1 for pair in value.split("&")):
        raise _bad_header(value)
    try:
        pairs = parse_qsl(value, keep_blank_values=True, errors="strict")
    except ValueError:
        raise _bad_header(value) from None
    if len({key for key, _ in pairs}) != len(pairs):
        raise _bad_header(value)
    return _checked(sorted(pairs), OBJECT_LIMIT)


def of_tag_set(tag_set: Iterable[Mapping[str, str]], limit: int) -> Tags:
    """The tags of a `TagSet`, in the order given."""
    pairs = [(tag.get("Key", ""), tag.get("Value", "")) for tag in tag_set]
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise AwsError("InvalidTag", "Cannot provide multiple Tags with the same key", members={"TagKey": key})
        seen.add(key)
    return _checked(pairs, limit)


def to_tag_set(tags: Sequence[Sequence[str]] | None) -> list[dict[str, str]]:
    """A `TagSet` as the API shows it."""
    return [{"Key": key, "Value": value} for key, value in tags or ()]


def _checked(pairs: Sequence[tuple[str, str]], limit: int) -> Tags:
    if len(pairs) > limit:
        counted = "Object tags" if limit == OBJECT_LIMIT else "Bucket tag count"
        raise AwsError("BadRequest", f"{counted} cannot be greater than {limit}")
    for key, value in pairs:
        if not is_tag_key(key):
            raise AwsError("InvalidTag", "The TagKey you have provided is invalid", members={"TagKey": key})
        if is_reserved(key):
            reason = "Your TagKey cannot be prefixed with aws:" if limit == OBJECT_LIMIT else _OF_SYSTEM
            raise AwsError("InvalidTag", reason, members={"TagKey": key})
        if not is_tag_value(value):
            raise AwsError(
                "InvalidTag",
                "The TagValue you have provided is invalid",
                members={"TagKey": key, "TagValue": value},
            )
    return [[key, value] for key, value in pairs]


def _bad_header(value: str) -> AwsError:
    return invalid_argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name"
        " duplicates.",
        "x-amz-tagging",
        value,
    )
