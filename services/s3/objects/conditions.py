"""Conditional requests: whether an object's ETag and date allow a read, a copy, a write or a delete.

In: the operation's input and the object found. Out: nothing. Raised: `PreconditionFailed`, `NotModified` (304),
`ConditionalRequestConflict`. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

from awskit.errors import AwsError
from services.s3.errors import no_such_key, not_modified, precondition_failed
from services.s3.store.objects import ObjectVersion

_VALUE_NOT_ACCEPTED = "We don't accept the provided value of {} header for this API"
_OF_DIRECTORY_BUCKETS = (
    ("IfMatchLastModifiedTime", "x-amz-if-match-last-modified-time"),
    ("IfMatchSize", "x-amz-if-match-size"),
)
_READ_CONDITIONS = frozenset({"IfMatch", "IfUnmodifiedSince", "IfNoneMatch", "IfModifiedSince"})


def matches(etags: str, etag: str) -> bool:
    """Whether one of a header's entity tags (or `*`) is the object's."""
    if etags.strip() == "*":
        return True
    return any(_plain(candidate) == etag for candidate in etags.split(","))


def check_read(input: Mapping[str, Any], version: ObjectVersion, now: float) -> None:
    """The conditions of GetObject and HeadObject, in HTTP's order of precedence. A date to come is no condition."""
    if _READ_CONDITIONS.isdisjoint(input):
        return
    failed = failed_condition(input, "", version, now)
    if failed in ("If-None-Match", "If-Modified-Since"):
        raise not_modified(_validators(version))
    if failed is not None:
        raise precondition_failed(failed)


def check_copy_source(input: Mapping[str, Any], source: ObjectVersion, now: float) -> None:
    """The conditions that CopyObject and UploadPartCopy put on their source: each that fails is a 412.

    A date to come is no condition.
    """
    failed = failed_condition(input, "CopySource", source, now)
    if failed is not None:
        raise precondition_failed(f"x-amz-copy-source-{failed}")


def failed_condition(input: Mapping[str, Any], prefix: str, version: ObjectVersion, now: float) -> str | None:
    """The first condition that does not hold, by its header's name: ETags go before dates."""
    if_match = input.get(f"{prefix}IfMatch")
    unmodified_since = input.get(f"{prefix}IfUnmodifiedSince")
    if if_match is not None:
        if not matches(if_match, version.etag):
            return "If-Match"
    elif unmodified_since is not None and int(version.last_modified) > unmodified_since:
        return "If-Unmodified-Since"
    if_none_match = input.get(f"{prefix}IfNoneMatch")
    modified_since = input.get(f"{prefix}IfModifiedSince")
    if if_none_match is not None:
        if matches(if_none_match, version.etag):
            return "If-None-Match"
    elif modified_since is not None and int(version.last_modified) <= modified_since <= now:
        return "If-Modified-Since"
    return None


def check_write_form(input: Mapping[str, Any]) -> None:
    """A write may state one of `If-Match`, with an ETag, and `If-None-Match`, with `*`."""
    if_match, if_none_match = input.get("IfMatch"), input.get("IfNoneMatch")
    if if_match is None and if_none_match is None:
        return
    if if_match is not None and if_none_match is not None:
        raise _not_for_writes("If-Match,If-None-Match", "Multiple conditional request headers present in the request")
    if if_none_match is not None and if_none_match.strip() != "*":
        raise _not_for_writes("If-None-Match", _VALUE_NOT_ACCEPTED.format("If-None-Match"))
    if if_match is not None and if_match.strip() == "*":
        raise _not_for_writes("If-Match", _VALUE_NOT_ACCEPTED.format("If-Match"))


def check_write(input: Mapping[str, Any], key: str, current: ObjectVersion | None) -> None:
    """The conditions of PutObject, CopyObject and CompleteMultipartUpload on what is there."""
    if current is not None and current.is_delete_marker:
        current = None
    if_none_match, if_match = input.get("IfNoneMatch"), input.get("IfMatch")
    if if_none_match is not None and current is not None and matches(if_none_match, current.etag):
        raise precondition_failed("If-None-Match")
    if if_match is None:
        return
    if current is None:
        raise no_such_key(key)
    if not matches(if_match, current.etag):
        raise precondition_failed("If-Match")


def state_of(current: ObjectVersion | None) -> str:
    """What tells whether a key has been written or deleted in between; "" where there is no object.

    The date, which is kept to more than the second, tells it of writes of the same bytes.
    """
    if current is None or current.is_delete_marker:
        return ""
    return f"{current.version_id} {current.etag} {current.last_modified}"


def check_unmoved(input: Mapping[str, Any], key: str, current: ObjectVersion | None, state: str | None) -> None:
    """A conditional completion conflicts with what was done since the upload began, when `state_of` was `state`."""
    if state is None or state_of(current) == state:
        return
    for member, header in (("IfNoneMatch", "If-None-Match"), ("IfMatch", "If-Match")):
        if input.get(member) is not None:
            raise AwsError(
                "ConditionalRequestConflict",
                "The conditional request cannot succeed due to a conflicting operation against this resource.",
                409,
                members={"Condition": header, "Key": key},
            )


def check_delete_form(input: Mapping[str, Any]) -> None:
    """DeleteObject's condition is about what is there, not about a version that is named."""
    if "VersionId" in input and "IfMatch" in input:
        raise _not_for_writes("If-Match", _VALUE_NOT_ACCEPTED.format("If-Match"))


def check_delete(
    input: Mapping[str, Any], key: str, version: ObjectVersion | None, *, of_directory: bool = False
) -> None:
    """`If-Match` of DeleteObject. The other conditions, on size and date, are those of directory buckets alone."""
    for member, header in _OF_DIRECTORY_BUCKETS:
        if input.get(member) is None:
            continue
        if not of_directory:
            raise _not_for_writes(header, _VALUE_NOT_ACCEPTED.format(header))
        if version is None:
            raise no_such_key(key)
        held = version.size if member == "IfMatchSize" else int(version.last_modified)
        if held != input[member]:
            raise precondition_failed(header)
    etag = input.get("IfMatch")
    if etag is None:
        return
    if version is None or version.is_delete_marker:
        raise no_such_key(key)
    if not matches(etag, version.etag):
        raise precondition_failed("If-Match")


def _not_for_writes(header: str, reason: str) -> AwsError:
    return AwsError(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        501,
        members={"Header": header, "additionalMessage": reason},
    )


def _plain(etag: str) -> str:
    return etag.strip().removeprefix("W/").strip('"')


def _validators(version: ObjectVersion) -> dict[str, str]:
    headers = {"ETag": f'"{version.etag}"', "Last-Modified": formatdate(version.last_modified, usegmt=True)}
    if cache_control := version.attributes.get("CacheControl"):
        headers["Cache-Control"] = cache_control
    return headers
