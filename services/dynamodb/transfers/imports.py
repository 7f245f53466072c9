"""Imports: a new table with the items of files in S3.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.HowItWorks.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from awskit.database import Transaction
from awskit.errors import AwsError
from services.dynamodb.items.key_checks import check_item
from services.dynamodb.items.writing import Write, check_size
from services.dynamodb.jobs.background_jobs import Document, Errand, Progress
from services.dynamodb.store import documents
from services.dynamodb.store import tables as table_store
from services.dynamodb.tables.table import Table, build_table
from services.dynamodb.transfers.input_jobs import BEGINNING, Chunk, InputJob
from services.dynamodb.transfers.input_records import Format, Record
from services.dynamodb.transfers.s3_client import Bucket, S3Client

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
        **BEGINNING,
        "Counts": dict.fromkeys(_COUNTS, 0),
    }


def errand(s3: S3Client) -> Errand:
    """What carries an import out."""

    async def run(progress: Progress) -> None:
        await _Import(progress, s3).run()

    return run


def ending(s3: S3Client) -> Errand:
    """What ends one that has failed too often."""

    async def run(progress: Progress) -> None:
        await _Import(progress, s3).give_up()

    return run


class _Import(InputJob):
    """One import under way in this process."""

    def __init__(self, progress: Progress, s3: S3Client) -> None:
        document = progress.document
        self._description: Mapping[str, Any] = document["Description"]
        source = self._description["S3BucketSource"]
        bucket = Bucket(
            source["S3Bucket"],
            document["AccountId"],
            document["Region"],
            source.get("S3BucketOwner"),
            document.get("AccessKeyId"),
            document.get("SessionToken"),
        )
        super().__init__(progress, s3, bucket, source.get("S3KeyPrefix", ""), self._description["InputCompressionType"])
        self._format = _format_of(self._description)

    @property
    def format(self) -> Format:
        return self._format

    def load(self, chunk: Chunk, transaction: Transaction, document: Document) -> Document | None:
        row = table_store.get(transaction, document["TargetId"])
        if row is None:
            return None
        table = build_table(*row)
        counts = dict(document["Counts"])
        write = Write(self.runtime.clock.now())
        for record in chunk:
            counts["ProcessedItemCount"] += 1
            counts["ProcessedSizeBytes"] += record.size
            if isinstance(record, Record) and self._put(transaction, table, record, write):
                counts["ImportedItemCount"] += 1
            else:
                counts["ErrorCount"] += 1
        self._describe(transaction, document, counts)
        return {**document, "Counts": counts}

    def _put(self, transaction: Transaction, table: Table, record: Record, write: Write) -> bool:
        try:
            check_item(table, record.item)
            size = check_size(record.item)
        except AwsError:
            return False
        self.runtime.writer.put(transaction, table, record.item, size, write)
        return True

    def _describe(self, transaction: Transaction, document: Document, changes: Mapping[str, Any]) -> None:
        owner = owner_of(document["AccountId"], document["Region"])
        name = self._description["ImportArn"]
        found = documents.find(transaction, owner, name)
        if found is not None:
            found["Description"].update(changes)
            documents.put(transaction, owner, name, found)

    def end(self, transaction: Transaction, document: Document, failure: Mapping[str, Any]) -> None:
        """The import is over: the table is there with what has been imported, or gone where S3 gave nothing at all."""
        now = self.runtime.clock.now()
        nothing_came = bool(failure) and not document["Counts"]["ProcessedItemCount"]
        if not failure and document["Counts"]["ErrorCount"]:
            failure = _SOME_FAILED
        status = "FAILED" if failure else "COMPLETED"
        self._describe(transaction, document, {**document["Counts"], **failure, "ImportStatus": status, "EndTime": now})
        row = table_store.get(transaction, document["TargetId"])
        if row is not None and nothing_came:
            self.runtime.catalog.remove(transaction, build_table(*row))
        elif row is not None:
            table = build_table(*row)
            indexes = [{**entry, "StatusUntil": now} for entry in table.definition.get("GlobalSecondaryIndexes", ())]
            self.runtime.catalog.change(transaction, table, StatusUntil=now, GlobalSecondaryIndexes=indexes or None)


def _format_of(description: Mapping[str, Any]) -> Format:
    options = description.get("InputFormatOptions", {}).get("Csv", {})
    definitions: Iterator[Mapping[str, str]] = iter(description["TableCreationParameters"]["AttributeDefinitions"])
    return Format(
        description["InputFormat"],
        {entry["AttributeName"]: entry["AttributeType"] for entry in definitions},
        options.get("Delimiter", ","),
        tuple(options.get("HeaderList", ())),
    )
