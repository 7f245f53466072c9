"""Exports of tables to S3: what they write, in AWS's layout.

    PREFIX/AWSDynamoDB/EXPORT/_started
    PREFIX/AWSDynamoDB/EXPORT/data/NAME.json.gz      (incremental: PREFIX/AWSDynamoDB/data/NAME.json.gz)
    PREFIX/AWSDynamoDB/EXPORT/manifest-files.json    a line for each data file
    PREFIX/AWSDynamoDB/EXPORT/manifest-summary.json

Each manifest has its MD5, in base64, beside it. The job's document keeps the files that are written, so that an export
goes on after a restart with the file that it was at.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import secrets
import string
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NamedTuple

import orjson

from awskit.database import Transaction
from services.dynamodb.backups import table_copies
from services.dynamodb.backups.snapshots import ChangedItem, Place, page_limit, read_changes, read_page
from services.dynamodb.jobs.background_jobs import Document, Errand, Progress
from services.dynamodb.store import documents
from services.dynamodb.tables.table import Table
from services.dynamodb.transfers import ion
from services.dynamodb.transfers.export_filters import ExportFilter, filter_of
from services.dynamodb.transfers.s3_client import Bucket, S3Client, S3Error
from services.dynamodb.values.attribute_values import Item

EXPORT: Final = "export"
"""The kind of the job, and of the document that describes the export."""

FULL: Final = "FULL_EXPORT"
INCREMENTAL: Final = "INCREMENTAL_EXPORT"

_PAGE: Final = 250
_FILE_BYTES: Final = 8 * 1024 * 1024
_NAME_LENGTH: Final = 26
_NAME_CHARACTERS: Final = string.ascii_lowercase + string.digits
_EXTENSIONS: Final[Mapping[str, str]] = {"DYNAMODB_JSON": "json", "ION": "ion"}
_VERSIONS: Final[Mapping[str, str]] = {FULL: "2020-06-30", INCREMENTAL: "2023-08-01"}
_ENCRYPTION: Final[Mapping[str, str]] = {"AES256": "AES256", "KMS": "aws:kms"}


class DataFile(NamedTuple):
    """The lines of one data file, and where the export goes on after it."""

    lines: list[bytes]
    last: Place | None


def owner_of(account_id: str, region: str) -> documents.Owner:
    """Whose documents describe the exports of an account."""
    return EXPORT, account_id, region


def errand(s3: S3Client) -> Errand:
    """What carries an export out."""

    async def run(progress: Progress) -> None:
        try:
            await _Export(progress, s3).run()
        except S3Error as error:
            failure = {"FailureCode": f"S3{error.code}", "FailureMessage": error.message}
            await progress.step(lambda transaction, document: _fail(progress, transaction, document, failure))

    return run


async def end_failed(progress: Progress) -> None:
    """End one that has failed too often."""
    failure = {"FailureCode": "InternalServerError", "FailureMessage": "The request could not be processed."}
    await progress.step(lambda transaction, document: _fail(progress, transaction, document, failure))


def new_file_name() -> str:
    """A name for a file that no other one has."""
    return "".join(secrets.choice(_NAME_CHARACTERS) for _ in range(_NAME_LENGTH))


def encryption_headers(given: Mapping[str, Any]) -> dict[str, str]:
    """How `S3SseAlgorithm` and `S3SseKmsKeyId` are said to S3."""
    headers = {}
    if "S3SseAlgorithm" in given:
        headers["x-amz-server-side-encryption"] = _ENCRYPTION[given["S3SseAlgorithm"]]
    if "S3SseKmsKeyId" in given:
        headers["x-amz-server-side-encryption-aws-kms-key-id"] = given["S3SseKmsKeyId"]
    return headers


class _Export:
    """One export under way in this process."""

    def __init__(self, progress: Progress, s3: S3Client) -> None:
        self._progress = progress
        self._s3 = s3
        document = progress.document
        self._description: dict[str, Any] = document["Description"]
        self._table = table_copies.source_table(document)
        self._filter = filter_of(self._description.get("FilterSpecification"), self._table)
        self._bucket = Bucket(
            self._description["S3Bucket"],
            document["AccountId"],
            document["Region"],
            self._description.get("S3BucketOwner"),
            document.get("AccessKeyId"),
            document.get("SessionToken"),
        )

    async def run(self) -> None:
        if "Files" not in self._progress.document:
            await self._put(self._key("_started"), b"")
            await self._progress.step(lambda transaction, document: {**document, "Files": []})
        while not self._progress.document.get("Written"):
            data = await self._next_file()
            entry = await self._write_file(data)
            if not await self._progress.step(partial(_wrote, entry, data)):
                return
        await self._write_manifests()

    async def _next_file(self) -> DataFile:
        """Read on until a file is full or the export is whole."""
        after = table_copies.place_of(self._progress.document)
        lines: list[bytes] = []
        size = 0
        while size < _FILE_BYTES:
            found, after = await self._progress.runtime.database.read(partial(self._read, after))
            lines += found
            size += sum(map(len, found))
            if after is None:
                break
        return DataFile(lines, after)

    def _read(self, after: Place | None, transaction: Transaction) -> tuple[list[bytes], Place | None]:
        specification = self._description.get("IncrementalExportSpecification")
        is_ion = self._description["ExportFormat"] == "ION"
        limit = page_limit(_PAGE, *self._progress.document["Numbers"])
        if specification is not None:
            period = (specification["ExportFromTime"], specification["ExportToTime"])
            changed, last = read_changes(transaction, self._table, period, after, limit)
            with_old = specification["ExportViewType"] == "NEW_AND_OLD_IMAGES"
            return list(_changed_lines(changed, with_old=with_old, is_ion=is_ion)), last
        page = read_page(transaction, self._table, self._progress.document["Moment"], after, limit)
        return list(_item_lines((orjson.loads(row.item) for row in page.rows), self._filter, is_ion=is_ion)), page.last

    async def _write_file(self, data: DataFile) -> dict[str, Any]:
        body = gzip.compress(b"".join(data.lines), 5, mtime=0)
        name = new_file_name()
        extension = _EXTENSIONS[self._description["ExportFormat"]]
        whole = self._description["ExportType"] == FULL
        key = self._key(f"data/{name}.{extension}.gz") if whole else self._shared_key(f"data/{name}.{extension}.gz")
        etag = await self._put(key, body)
        return {"itemCount": len(data.lines), "md5Checksum": _md5(body), "etag": etag, "dataFileS3Key": key}

    async def _write_manifests(self) -> None:
        files: list[dict[str, Any]] = self._progress.document["Files"]
        await self._put_manifest("manifest-files", b"".join(orjson.dumps(entry) + b"\n" for entry in files))
        count = sum(entry["itemCount"] for entry in files)
        end = self._progress.runtime.clock.now()
        summary = _summary(self._description, self._key("manifest-files.json"), count, end)
        await self._put_manifest("manifest-summary", orjson.dumps(summary))
        changes = {
            "ExportStatus": "COMPLETED",
            "EndTime": end,
            "ExportManifest": self._key("manifest-summary.json"),
            "ItemCount": count,
        }
        await self._progress.step(lambda transaction, document: _end(self._progress, transaction, document, changes))

    async def _put_manifest(self, name: str, body: bytes) -> None:
        await self._put(self._key(f"{name}.json"), body)
        await self._put(self._key(f"{name}.md5"), _md5(body).encode())

    async def _put(self, key: str, body: bytes) -> str:
        return await self._s3.put(self._bucket, key, body, encryption_headers(self._description))

    def _shared_key(self, name: str) -> str:
        prefix = self._description.get("S3Prefix", "").strip("/")
        return f"{prefix}/AWSDynamoDB/{name}" if prefix else f"AWSDynamoDB/{name}"

    def _key(self, name: str) -> str:
        return self._shared_key(f"{self._description['ExportArn'].rpartition('/')[2]}/{name}")


def _md5(body: bytes) -> str:
    return base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


# What is written down in the database


def _wrote(entry: Mapping[str, Any], data: DataFile, transaction: Transaction, document: Document) -> Document:
    changed = {**document, "Files": [*document["Files"], entry]}
    if data.last is None:
        changed["Written"] = True
    else:
        changed["After"] = table_copies.text_of(data.last)
    return changed


def _fail(progress: Progress, transaction: Transaction, document: Document, failure: Mapping[str, Any]) -> None:
    _end(
        progress, transaction, document, {"ExportStatus": "FAILED", "EndTime": progress.runtime.clock.now(), **failure}
    )


def _end(progress: Progress, transaction: Transaction, document: Document, changes: Mapping[str, Any]) -> None:
    """The export is over: its description says how it went, and the table need not keep its history for it."""
    owner = owner_of(document["AccountId"], document["Region"])
    name = document["Description"]["ExportArn"]
    found = documents.find(transaction, owner, name)
    if found is not None:
        found["Description"].update(changes)
        documents.put(transaction, owner, name, found)
    table_copies.release(progress.runtime, transaction, document)


# Lines of data files


def _item_lines(items: Iterable[Item], filter_: ExportFilter | None, *, is_ion: bool) -> Iterator[bytes]:
    for item in items:
        kept = filter_.apply(item) if filter_ is not None else item
        if kept is None:
            continue
        if is_ion:
            yield f"{ion.VERSION_MARKER} {ion.write_struct({'Item': ion.write_item(kept)})}\n".encode()
        else:
            yield orjson.dumps({"Item": kept}) + b"\n"


def _changed_lines(changed: Iterable[ChangedItem], *, with_old: bool, is_ion: bool) -> Iterator[bytes]:
    for change in changed:
        micros = str(int(change.changed_at * 1_000_000))
        images: dict[str, Item] = {"Keys": change.key}
        if with_old and change.old is not None:
            images["OldImage"] = change.old
        if change.new is not None:
            images["NewImage"] = change.new
        if is_ion:
            metadata = ion.write_struct({"WriteTimestampMicros": ion.write_number(micros)})
            parts = {"Metadata": metadata, **{name: ion.write_item(image) for name, image in images.items()}}
            yield f"{ion.VERSION_MARKER} {ion.write_struct({'Record': ion.write_struct(parts)})}\n".encode()
        else:
            yield orjson.dumps({"Metadata": {"WriteTimestampMicros": {"N": micros}}, **images}) + b"\n"


def _summary(description: Mapping[str, Any], files_key: str, count: int, end: float) -> dict[str, Any]:
    kind = description["ExportType"]
    summary: dict[str, Any] = {
        "version": _VERSIONS[kind],
        "exportArn": description["ExportArn"],
        "startTime": _time_text(description["StartTime"]),
        "endTime": _time_text(end),
        "tableArn": description["TableArn"],
        "tableId": description["TableId"],
    }
    specification = description.get("IncrementalExportSpecification")
    if specification is None:
        summary["exportTime"] = _time_text(description["ExportTime"])
    else:
        summary["exportFromTime"] = _time_text(specification["ExportFromTime"])
        summary["exportToTime"] = _time_text(specification["ExportToTime"])
    summary |= {
        "s3Bucket": description["S3Bucket"],
        "s3Prefix": description.get("S3Prefix"),
        "s3SseAlgorithm": description.get("S3SseAlgorithm"),
        "s3SseKmsKeyId": description.get("S3SseKmsKeyId"),
        "manifestFilesS3Key": files_key,
        "billedSizeBytes": description["BilledSizeBytes"],
        "itemCount": count,
        "outputFormat": description["ExportFormat"],
    }
    if specification is not None:
        summary["outputView"] = specification["ExportViewType"]
    summary["exportType"] = kind
    return summary


def _time_text(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def new_description(table: Table, arn: str, now: float, input: Mapping[str, Any], size: int) -> dict[str, Any]:
    """`ExportDescription` of an export that begins `now`, without its times."""
    kept = ("ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId")
    return {
        "ExportArn": arn,
        "ExportStatus": "IN_PROGRESS",
        "StartTime": now,
        "TableArn": table.arn,
        "TableId": table.definition["TableId"],
        **{name: input[name] for name in kept if name in input},
        "ExportFormat": input.get("ExportFormat", "DYNAMODB_JSON"),
        "ExportType": input.get("ExportType", FULL),
        "BilledSizeBytes": size,
    }
