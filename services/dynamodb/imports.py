"""Imports: a new table with the items of files in S3.

The job's document keeps the object that is done with, and how many records of the next one are, so that an import goes
on after a restart where it was.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from services.dynamodb.input_objects import opened
from services.dynamodb.input_records import Format, Malformed, Record, read_records
from services.dynamodb.items import Write, check_size
from services.dynamodb.jobs import CHUNK, Document, Errand, Progress
from services.dynamodb.key_checks import check_item
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.s3_objects import Bucket, S3Client, S3Error, S3Object
from services.dynamodb.store import documents
from services.dynamodb.store import tables as table_store
from services.dynamodb.tables import Table, build_table

IMPORT: Final = "import"
"""The kind of the job, and of the document that describes the import."""

_COUNTS: Final = ("ProcessedSizeBytes", "ProcessedItemCount", "ImportedItemCount", "ErrorCount")
_SOME_FAILED: Final[Mapping[str, str]] = {
    "FailureCode": "ItemValidationError",
    "FailureMessage": (
        "Some of the items failed validation checks and were not imported. Please check CloudWatch error logs for more "
        "details."
    ),
}


def owner_of(account_id: str, region: str) -> documents.Owner:
    """Whose documents describe the imports of an account."""
    return IMPORT, account_id, region


def new_job(table: Table, description: Mapping[str, Any]) -> Document:
    """The document of the job that fills `table`."""
    return {
        "TargetId": table.table_id,
        "AccountId": table.account_id,
        "Region": table.region,
        "Description": description,
        "Done": "",
        "Records": 0,
        "Counts": dict.fromkeys(_COUNTS, 0),
    }


def errand(s3: S3Client) -> Errand:
    """What carries an import out."""

    async def run(progress: Progress) -> None:
        running = _Import(progress, s3)
        try:
            await running.run()
        except S3Error as error:
            failure = {"FailureCode": f"S3{error.code}", "FailureMessage": error.message}
            await progress.step(lambda transaction, document: running.end(transaction, document, failure))

    return run


class _Import:
    """One import under way in this process."""

    def __init__(self, progress: Progress, s3: S3Client) -> None:
        self._progress = progress
        self._runtime: DynamoDbRuntime = progress.runtime
        self._s3 = s3
        document = progress.document
        self._description: Mapping[str, Any] = document["Description"]
        source = self._description["S3BucketSource"]
        self._prefix: str = source.get("S3KeyPrefix", "")
        self._bucket = Bucket(
            source["S3Bucket"], document["AccountId"], document["Region"], source.get("S3BucketOwner")
        )
        self._format = _format_of(self._description)

    async def run(self) -> None:
        found = False
        while objects := await self._s3.list_page(self._bucket, self._prefix, self._progress.document["Done"]):
            found = True
            for each in objects:
                if not await self._read_object(each):
                    return
        if not found and not self._progress.document["Done"]:
            raise S3Error("NoSuchKey", "The specified key does not exist.")
        await self._progress.step(lambda transaction, document: self.end(transaction, document, {}))

    async def _read_object(self, found: S3Object) -> bool:
        """Import one object's items; whether the job is still this process's."""
        compression = self._description["InputCompressionType"]
        async with opened(self._s3, self._bucket, found, compression) as file:
            records = read_records(file, self._format)
            skipped = self._progress.document["Records"]
            for _ in islice(records, skipped):
                pass
            while chunk := list(islice(records, CHUNK)):
                if not await self._progress.step(partial(self._load, chunk)):
                    return False
                await asyncio.sleep(0)
        return await self._progress.step(lambda transaction, document: {**document, "Done": found.key, "Records": 0})

    def _load(
        self, chunk: Sequence[Record | Malformed], transaction: Transaction, document: Document
    ) -> Document | None:
        row = table_store.get(transaction, document["TargetId"])
        if row is None:
            return None
        table = build_table(*row)
        counts = dict(document["Counts"])
        write = Write(self._runtime.clock.now())
        for record in chunk:
            counts["ProcessedItemCount"] += 1
            counts["ProcessedSizeBytes"] += record.size
            if isinstance(record, Record) and self._put(transaction, table, record, write):
                counts["ImportedItemCount"] += 1
            else:
                counts["ErrorCount"] += 1
        changed = {**document, "Counts": counts, "Records": document["Records"] + len(chunk)}
        self._describe(transaction, changed, counts)
        return changed

    def _put(self, transaction: Transaction, table: Table, record: Record, write: Write) -> bool:
        try:
            check_item(table, record.item)
            size = check_size(record.item)
        except AwsError:
            return False
        self._runtime.writer.put(transaction, table, record.item, size, write)
        return True

    def _describe(self, transaction: Transaction, document: Document, changes: Mapping[str, Any]) -> None:
        owner = owner_of(document["AccountId"], document["Region"])
        name = self._description["ImportArn"]
        found = documents.find(transaction, owner, name)
        if found is not None:
            found["Description"].update(changes)
            documents.put(transaction, owner, name, found)

    def end(self, transaction: Transaction, document: Document, failure: Mapping[str, Any]) -> None:
        """The import is over; the table is there with what has been imported."""
        now = self._runtime.clock.now()
        if not failure and document["Counts"]["ErrorCount"]:
            failure = _SOME_FAILED
        status = "FAILED" if failure else "COMPLETED"
        self._describe(transaction, document, {**document["Counts"], **failure, "ImportStatus": status, "EndTime": now})
        row = table_store.get(transaction, document["TargetId"])
        if row is not None:
            table = build_table(*row)
            indexes = [{**entry, "StatusUntil": now} for entry in table.definition.get("GlobalSecondaryIndexes", ())]
            self._runtime.catalog.change(transaction, table, StatusUntil=now, GlobalSecondaryIndexes=indexes or None)


def _format_of(description: Mapping[str, Any]) -> Format:
    options = description.get("InputFormatOptions", {}).get("Csv", {})
    definitions: Iterator[Mapping[str, str]] = iter(description["TableCreationParameters"]["AttributeDefinitions"])
    return Format(
        description["InputFormat"],
        {entry["AttributeName"]: entry["AttributeType"] for entry in definitions},
        options.get("Delimiter", ","),
        tuple(options.get("HeaderList", ())),
    )
