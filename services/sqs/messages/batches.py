"""What the three batch operations have in common: their limits, and entries that fail one by one.

Raises `EmptyBatchRequest`, `TooManyEntriesInBatchRequest`, `InvalidBatchEntryId`, `BatchEntryIdsNotDistinct`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from awskit.errors import AwsError
from services.sqs.errors import UnusableReceiptHandle, missing_parameter

_MAXIMUM_ENTRIES = 10
_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def check_entries(entries: Sequence[Mapping[str, Any]], entry_shape: str, *required: str) -> None:
    """Check a batch's size, its entries' ids, and that each entry has the members `required`."""
    if not entries:
        raise AwsError("EmptyBatchRequest", f"There should be at least one {entry_shape} in the request.")
    if len(entries) > _MAXIMUM_ENTRIES:
        raise AwsError(
            "TooManyEntriesInBatchRequest",
            f"Maximum number of entries per request are {_MAXIMUM_ENTRIES}. You have sent {len(entries)}.",
        )
    seen: set[str] = set()
    for index, entry in enumerate(entries, 1):
        for name in ("Id", *required):
            if name not in entry:
                raise missing_parameter(f"{entry_shape}.{index}.{name}")
        entry_id = entry["Id"]
        if not _ENTRY_ID.fullmatch(entry_id):
            raise AwsError(
                "InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long.",
            )
        if entry_id in seen:
            raise AwsError("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")
        seen.add(entry_id)


def failed_entry(entry: Mapping[str, Any], error: AwsError) -> dict[str, Any]:
    """The `BatchResultErrorEntry` of an entry that was refused."""
    code, message = error.code, error.message
    if isinstance(error, UnusableReceiptHandle):
        code, message = "ReceiptHandleIsInvalid", error.reason
    return {"Id": entry["Id"], "SenderFault": error.fault == "Sender", "Code": code, "Message": message}


def batch_result(successful: list[dict[str, Any]], failed: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer to a batch, in which a list without entries is left out."""
    result = {"Successful": successful} if successful else {}
    if failed:
        result["Failed"] = failed
    return result
