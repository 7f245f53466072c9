"""What changes in a table, as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.interfaces.aws_client import AwsClient
from console.interfaces.dynamodb.calls import call_streams
from console.interfaces.dynamodb.items import Item
from console.interfaces.errors import AwsCallError

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Change:
    """A stream's record: `event` is INSERT, MODIFY or REMOVE; `at` in epoch seconds."""

    id: str
    event: str
    at: float | None
    sequence: str
    keys: Item
    old: Item | None
    new: Item | None
    is_expiry: bool


class StreamReader:
    """Reads a stream from the beginning of what it keeps (TRIM_HORIZON), or from now on (LATEST)."""

    def __init__(self, client: AwsClient, stream_arn: str, *, from_now: bool) -> None:
        self._client = client
        self._arn = stream_arn
        self._kind = "LATEST" if from_now else "TRIM_HORIZON"
        self._iterators: dict[str, str | None] = {}

    async def read(self, most: int = _MOST) -> list[Change]:
        """What has come since the last call, `most` records of each shard; shards that are new are read too."""
        await self._find_shards()
        changes: list[Change] = []
        for shard, iterator in self._iterators.items():
            if iterator is None:
                continue
            try:
                output = await call_streams(self._client, "GetRecords", ShardIterator=iterator, Limit=most)
            except AwsCallError as error:
                if error.code not in ("ExpiredIteratorException", "TrimmedDataAccessException"):
                    raise
                self._iterators[shard] = await self._iterator(shard, "TRIM_HORIZON")
                continue
            self._iterators[shard] = output.get("NextShardIterator")
            changes += [_change(record) for record in output.get("Records", ())]
        return changes

    async def _find_shards(self) -> None:
        output = await call_streams(self._client, "DescribeStream", StreamArn=self._arn)
        known = bool(self._iterators)
        for shard in output["StreamDescription"].get("Shards", ()):
            if shard["ShardId"] not in self._iterators:
                kind = "TRIM_HORIZON" if known else self._kind
                self._iterators[shard["ShardId"]] = await self._iterator(shard["ShardId"], kind)

    async def _iterator(self, shard: str, kind: str) -> str:
        output = await call_streams(
            self._client, "GetShardIterator", StreamArn=self._arn, ShardId=shard, ShardIteratorType=kind
        )
        return str(output["ShardIterator"])


def _change(record: Mapping[str, Any]) -> Change:
    said = record["dynamodb"]
    return Change(
        record["eventID"],
        record["eventName"],
        said.get("ApproximateCreationDateTime"),
        said.get("SequenceNumber", ""),
        said.get("Keys", {}),
        said.get("OldImage"),
        said.get("NewImage"),
        record.get("userIdentity", {}).get("principalId") == "dynamodb.amazonaws.com",
    )
