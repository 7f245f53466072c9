"""The `Range` header and `x-amz-copy-source-range`. https://www.rfc-editor.org/rfc/rfc9110#name-range-requests"""

from __future__ import annotations

import re

from awskit.errors import AwsError
from services.s3.errors import invalid_argument, invalid_request

_RANGE = re.compile(r"\s*+bytes\s*+=\s*+([0-9]{0,19})\s*+-\s*+([0-9]{0,19})\s*+")
_COPY_RANGE = re.compile(r"bytes=([0-9]{1,19})-([0-9]{1,19})")


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None for the whole object (no range, several, or one that is no range).

    Raises `InvalidRange` (416) where nothing of the object lies in it.
    """
    if header is None:
        return None
    match = _RANGE.fullmatch(header)
    if match is None:
        return None
    first, last = match.groups()
    if first:
        start = int(first)
        end = min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    elif last:
        start, end = max(size - int(last), 0), size
    else:
        return None
    if start >= size or start >= end:
        raise AwsError(
            "InvalidRange",
            "The requested range is not satisfiable",
            416,
            members={"RangeRequested": header, "ActualObjectSize": str(size)},
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, end


def parse_copy_range(header: str, size: int) -> tuple[int, int]:
    """First byte and the one after the last of an UploadPartCopy; it has to lie within the source."""
    match = _COPY_RANGE.fullmatch(header)
    if match is None or int(match[1]) > int(match[2]):
        raise invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the"
            " zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            header,
        )
    start, end = int(match[1]), int(match[2]) + 1
    if start >= size:
        raise invalid_request("The specified copy range is invalid for the source object size")
    if end > size:
        raise invalid_argument(
            f"Range specified is not valid for source object of size: {size}", "x-amz-copy-source-range", header
        )
    if start == end:
        raise invalid_request("The specified copy range is empty")
    return start, end
