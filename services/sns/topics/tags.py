"""Tags of topics.

https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from awskit.errors import AwsError
from awskit.resources.tags import MOST_TAGS, has_tag_characters, is_reserved
from services.sns.errors import invalid_parameter

Tags = Mapping[str, str]


def tags_of(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The request's list as a mapping. InvalidParameter where a key comes twice."""
    tags: dict[str, str] = {}
    for tag in given:
        if tag["Key"] in tags:
            raise invalid_parameter("Duplicated keys are not allowed.")
        if not (has_tag_characters(tag["Key"]) and has_tag_characters(tag["Value"])):
            raise invalid_parameter("Tags Reason: The given tag(s) contain invalid characters")
        if is_reserved(tag["Key"]):
            raise invalid_parameter("Tag keys must not start with aws:")
        tags[tag["Key"]] = tag["Value"]
    return check_count(tags)


def check_count(tags: dict[str, str]) -> dict[str, str]:
    """`tags`, where a resource may have that many; else TagLimitExceeded."""
    if len(tags) > MOST_TAGS:
        raise AwsError("TagLimitExceededException", "Could not complete request: tag quota of per resource exceeded")
    return tags


def listed(tags: Tags) -> list[dict[str, str]]:
    """Tags as requests and answers have them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
