"""Bulk puts: items of files in S3 written to a table that is there, each with a condition of its own where it has one.

What is not written is reported in files beside the other jobs' output:

    PREFIX/AWSDynamoDB/OPERATION/errors/NAME.json.gz
    PREFIX/AWSDynamoDB/OPERATION/condition-check-failures/NAME.json.gz

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Requesting.md
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping
from typing import Any, Final

import orjson

from awskit.database import Transaction
from awskit.errors import AwsError
from services.dynamodb.expressions import Condition, Placeholders, compile_condition
from services.dynamodb.items.capacity import write_units
from services.dynamodb.items.key_checks import check_item, check_scalar_paths
from services.dynamodb.items.writing import ConditionalCheckFailedException, Write, check_size
from services.dynamodb.jobs.background_jobs import Document, Errand, Progress
from services.dynamodb.store import documents
from services.dynamodb.store import tables as table_store
from services.dynamodb.tables.table import Table, build_table
from services.dynamodb.transfers.exports import encryption_headers, new_file_name
from services.dynamodb.transfers.input_jobs import BEGINNING, Chunk, InputJob
from services.dynamodb.transfers.input_records import Format, Malformed, Record
from services.dynamodb.transfers.s3_client import Bucket, S3Client, S3Object

BULK: Final = "bulk"
"""The kind of the job, and of the document that describes the operation."""

_FOLDERS: Final[Mapping[str, str]] = {"ERROR": "errors", "CONDITION_CHECK_FAILURE": "condition-check-failures"}
_REPORT_BYTES: Final = 256 * 1024


def owner_of(account_id: str, region: str) -> documents.Owner:
    """Whose documents describe the bulk operations of an account."""
    return BULK, account_id, region


def new_job(table: Table, description: Mapping[str, Any]) -> Document:
    """The document of the job that writes to `table`."""
    return {
        "TableId": table.table_id,
        "AccountId": table.account_id,
        "Region": table.region,
        "Description": description,
        "Reports": {kind: [] for kind in _FOLDERS},
        "Counts": {"ProcessedItemCount": 0, "ProcessedInputBytes": 0, "FailedItemCount": 0},
        **BEGINNING,
    }


def errand(s3: S3Client) -> Errand:
    """What carries a bulk put out."""

    async def run(progress: Progress) -> None:
        await _BulkPut(progress, s3).run()

    return run


def ending(s3: S3Client) -> Errand:
    """What ends one that has failed too often."""

    async def run(progress: Progress) -> None:
        await _BulkPut(progress, s3).give_up()

    return run


class _BulkPut(InputJob):
    """One bulk put under way in this process."""

    def __init__(self, progress: Progress, s3: S3Client) -> None:
        document = progress.document
        self._description: Mapping[str, Any] = document["Description"]
        source = self._description["InputS3Configuration"]
        account_id, region = document["AccountId"], document["Region"]
        signer = (document.get("AccessKeyId"), document.get("SessionToken"))
        bucket = Bucket(source["S3Bucket"], account_id, region, source.get("S3BucketOwner"), *signer)
        compression = source.get("InputCompressionType", "NONE")
        super().__init__(progress, s3, bucket, source.get("S3KeyPrefix", ""), compression)
        self._format = Format(source["InputFormat"], with_conditions=True)
        self._output: Mapping[str, Any] = self._description["OutputS3Configuration"]
        self._output_bucket = Bucket(
            self._output.get("S3Bucket", source["S3Bucket"]),
            account_id,
            region,
            self._output.get("S3BucketOwner"),
            *signer,
        )
        self._units = 0.0

    @property
    def format(self) -> Format:
        return self._format

    async def starting(self) -> None:
        """Add up what there is to read, where that has not been done."""
        if "TotalInputBytes" in self.progress.document["Counts"]:
            return
        total, after = 0, ""
        found: list[S3Object]
        while found := await self.s3.list_page(self.bucket, self.prefix, after):
            total += sum(each.size for each in found)
            after = found[-1].key

        def work(transaction: Transaction, document: Document) -> Document:
            changed = {**document, "Counts": {**document["Counts"], "TotalInputBytes": total}}
            self._describe(transaction, changed, changed["Counts"])
            return changed

        await self.progress.step(work)

    def load(self, chunk: Chunk, transaction: Transaction, document: Document) -> Document | None:
        row = table_store.get(transaction, document["TableId"])
        if self._is_cancelled(transaction, document):
            self._end_as(transaction, document, "CANCELLED", {})
            return None
        if row is None or build_table(*row).status_at(self.runtime.clock.now()) in ("", "DELETING"):
            gone = {"FailureCode": "TableNotFound", "FailureMessage": "The table is being deleted or is gone."}
            self._end_as(transaction, document, "FAILED", gone)
            return None
        table = build_table(*row)
        counts = dict(document["Counts"])
        reports = {kind: list(lines) for kind, lines in document["Reports"].items()}
        for record in chunk:
            counts["ProcessedItemCount"] += 1
            counts["ProcessedInputBytes"] += record.size
            kind, line = self._put(transaction, table, record)
            if kind == "ERROR":
                counts["FailedItemCount"] += 1
            if line is not None and kind in self._output["OutputType"]:
                reports[kind].append(orjson.dumps(line).decode())
        self._describe(transaction, document, counts)
        return {**document, "Counts": counts, "Reports": reports}

    def _put(self, transaction: Transaction, table: Table, record: Record | Malformed) -> tuple[str, Any]:
        """The kind of report and its line, where the record is not written."""
        if isinstance(record, Malformed):
            return "ERROR", {"Record": record.text, "ErrorCode": "ParsingError", "ErrorMessage": record.reason}
        try:
            check_item(table, record.item)
            size = check_size(record.item)
            write = Write(self.runtime.clock.now(), _condition_of(table, record), returns_failed=True)
            self.runtime.writer.put(transaction, table, record.item, size, write)
        except ConditionalCheckFailedException as error:
            present = {"ExistingItem": error.members["Item"]} if error.members.get("Item") else {}
            return "CONDITION_CHECK_FAILURE", {"Item": record.item, **present}
        except AwsError as error:
            return "ERROR", {"Item": record.item, "ErrorCode": error.code, "ErrorMessage": error.message}
        self._units += write_units(size)
        return "", None

    async def loaded(self) -> None:
        pending = self.progress.document["Reports"].values()
        if sum(len(line) for lines in pending for line in lines) > _REPORT_BYTES:
            await self._write_reports()
        most = self._description.get("MaxWriteRequestUnits")
        units, self._units = self._units, 0.0
        if most is not None:
            await asyncio.sleep(units / most)

    async def ending(self) -> None:
        await self._write_reports()

    async def _write_reports(self) -> None:
        written = {kind: len(lines) for kind, lines in self.progress.document["Reports"].items() if lines}
        for kind in written:
            lines = self.progress.document["Reports"][kind]
            body = gzip.compress("".join(f"{line}\n" for line in lines).encode(), 5, mtime=0)
            operation = self._description["BulkOperationArn"].rpartition("/")[2]
            prefix = self._output.get("S3KeyPrefix", "").strip("/")
            key = f"AWSDynamoDB/{operation}/{_FOLDERS[kind]}/{new_file_name()}.json.gz"
            headers = encryption_headers(self._output)
            await self.s3.put(self._output_bucket, f"{prefix}/{key}" if prefix else key, body, headers)

        def forget(transaction: Transaction, document: Document) -> Document:
            left = {kind: lines[written.get(kind, 0) :] for kind, lines in document["Reports"].items()}
            return {**document, "Reports": left}

        if written:
            await self.progress.step(forget)

    def end(self, transaction: Transaction, document: Document, failure: Mapping[str, Any]) -> None:
        if self._is_cancelled(transaction, document):
            status = "CANCELLED"
        elif failure:
            status = "FAILED"
        else:
            status = "COMPLETED_WITH_ERRORS" if document["Counts"]["FailedItemCount"] else "COMPLETED"
        self._end_as(transaction, document, status, failure)

    def _end_as(self, transaction: Transaction, document: Document, status: str, failure: Mapping[str, Any]) -> None:
        end = {"BulkOperationStatus": status, "EndTime": self.runtime.clock.now()}
        self._describe(transaction, document, {**document["Counts"], **failure, **end})

    def _find(self, transaction: Transaction, document: Document) -> dict[str, Any] | None:
        owner = owner_of(document["AccountId"], document["Region"])
        return documents.find(transaction, owner, self._description["BulkOperationArn"])

    def _is_cancelled(self, transaction: Transaction, document: Document) -> bool:
        found = self._find(transaction, document)
        return found is None or found["Description"]["BulkOperationStatus"] == "CANCELLING"

    def _describe(self, transaction: Transaction, document: Document, changes: Mapping[str, Any]) -> None:
        found = self._find(transaction, document)
        if found is not None:
            found["Description"].update(changes)
            owner = owner_of(document["AccountId"], document["Region"])
            documents.put(transaction, owner, self._description["BulkOperationArn"], found)


def _condition_of(table: Table, record: Record) -> Condition | None:
    text = record.condition.get("ConditionExpression")
    placeholders = Placeholders.of(record.condition)
    condition = compile_condition("ConditionExpression", text, placeholders) if text is not None else None
    placeholders.check_all_used()
    if condition is not None:
        check_scalar_paths(table, condition.paths)
    return condition
