"""Jobs that read items from objects in S3, a chunk of records in each transaction: imports and bulk puts.

The job's document keeps the object that is done with (`Done`) and how many records of the next one are (`Records`), so
that the job goes on after a restart where it was, and no record is taken twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

from awskit.database import Transaction
from services.dynamodb.jobs.background_jobs import CHUNK, Document, Progress
from services.dynamodb.transfers.input_objects import opened
from services.dynamodb.transfers.input_records import Format, Malformed, Record, read_records
from services.dynamodb.transfers.s3_client import Bucket, S3Client, S3Error, S3Object

_CHUNK_BYTES: Final = 2 * 1024 * 1024

Chunk = Sequence[Record | Malformed]

BEGINNING: Final[Mapping[str, Any]] = {"Done": "", "Records": 0}
"""What the document of a job begins with."""


class InputJob:
    """One such job under way in this process. A subclass says what becomes of the records."""

    def __init__(self, progress: Progress, s3: S3Client, bucket: Bucket, prefix: str, compression: str) -> None:
        self.progress = progress
        self.runtime = progress.runtime
        self.s3 = s3
        self.bucket = bucket
        self.prefix = prefix
        self._compression = compression

    @property
    def format(self) -> Format:
        """How the objects are formatted."""
        raise NotImplementedError

    def load(self, chunk: Chunk, transaction: Transaction, document: Document) -> Document | None:
        """Take a chunk of records; the document as it then is, or None where the job is to end."""
        raise NotImplementedError

    async def starting(self) -> None:
        """No object has been read yet, or the job goes on in another process."""

    async def loaded(self) -> None:
        """A chunk has been taken; another one follows, or the object ends."""

    async def ending(self) -> None:
        """Every object has been read."""

    def end(self, transaction: Transaction, document: Document, failure: Mapping[str, Any]) -> None:
        """Write down that the job is over; `failure` is empty or has FailureCode and FailureMessage."""
        raise NotImplementedError

    async def run(self) -> None:
        """Read on to the end."""
        try:
            await self.starting()
            if not await self._read_all():
                return
            await self.ending()
        except S3Error as error:
            await self._end({"FailureCode": f"S3{error.code}", "FailureMessage": error.message})
        else:
            await self._end({})

    async def give_up(self) -> None:
        """It has failed for reasons of ours, again and again: it ends, failed."""
        await self._end({"FailureCode": "InternalServerError", "FailureMessage": "The request could not be processed."})

    async def _end(self, failure: Mapping[str, Any]) -> None:
        await self.progress.step(lambda transaction, document: self.end(transaction, document, failure))

    async def _read_all(self) -> bool:
        """Whether the job is still this process's at the end."""
        while objects := await self.s3.list_page(self.bucket, self.prefix, self.progress.document["Done"]):
            for each in objects:
                if not await self._read_object(each):
                    return False
        return True

    async def _read_object(self, found: S3Object) -> bool:
        async with opened(self.s3, self.bucket, found, self._compression) as file:
            records = read_records(file, self.format)
            # In a thread: a file may hold millions of lines that are no record, or unpack to as many.
            await asyncio.to_thread(_pass_over, records, self.progress.document["Records"])
            while chunk := await asyncio.to_thread(_next_chunk, records):
                if not await self.progress.step(partial(self._load, chunk)):
                    return False
                await self.loaded()
                await asyncio.sleep(0)
        return await self.progress.step(lambda transaction, document: {**document, "Done": found.key, "Records": 0})

    def _load(self, chunk: Chunk, transaction: Transaction, document: Document) -> Document | None:
        changed = self.load(chunk, transaction, document)
        return {**changed, "Records": document["Records"] + len(chunk)} if changed is not None else None


def _pass_over(records: Iterator[Record | Malformed], count: int) -> None:
    for _ in islice(records, count):
        pass


def _next_chunk(records: Iterator[Record | Malformed]) -> Chunk:
    """As many records as a transaction takes, or fewer where they are large."""
    chunk: list[Record | Malformed] = []
    size = 0
    for record in records:
        chunk.append(record)
        size += record.size
        if len(chunk) == CHUNK or size > _CHUNK_BYTES:
            break
    return chunk
