"""Brings a fleet to what seeds say: queues first, which others deliver to, then topics, tables, buckets, faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ruststack.control_client import ControlClient
from ruststack.seeds import buckets, fault_rules, queues, tables, topics
from ruststack.seeds.aws_client import AwsClient, AwsRefusal
from ruststack.seeds.bucket_documents import BucketDocuments
from ruststack.seeds.changes import Change, Wanted, resources, wanted
from ruststack.seeds.reading import SeedDocument, SeedError, read


def check(files: tuple[Path, ...], *, no_files: bool = False) -> list[SeedDocument]:
    """The files' documents, checked as far as that goes without a fleet, with the files that they name.

    Raises `SeedError` where one does not fit; with `no_files`, also where something is to be read from files beside it.
    """
    documents = [document for file in files for document in read(file)]
    if no_files:
        _refuse_files(documents)
    bucket_documents = BucketDocuments()
    for document in documents:
        for topic in resources(document, "topics"):
            topics.check(topic)
        for subscription in resources(document, "subscriptions"):
            topics.check_subscription(subscription)
        for table in resources(document, "tables"):
            tables.check(table)
        for bucket in resources(document, "buckets"):
            buckets.check(bucket, bucket_documents)
    return documents


def _refuse_files(documents: list[SeedDocument]) -> None:
    for document in documents:
        for where in _named_files(document.content):
            raise document.mistake(where, "cannot be read from files here")


def _named_files(content: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    """Where a document names files."""
    for number, table in enumerate(content.get("tables", ())):
        if table.get("item_files"):
            yield ("tables", number, "item_files")
    for number, bucket in enumerate(content.get("buckets", ())):
        for place, said in enumerate(bucket.get("files", ())):
            if "folder" in said or "path" in said:
                yield ("buckets", number, "files", place)


def seed(
    documents: list[SeedDocument],
    endpoint: str,
    environ: Mapping[str, str],
    *,
    dry_run: bool,
    tell: Callable[[Change], None],
) -> int:
    """Make what is missing, telling of each change before it is made, or only tell; how many changes there are.

    Raises `Refused`: `SeedError` where what is said cannot be, with its line.
    """
    client, control = AwsClient(endpoint, environ), ControlClient(endpoint)
    count = 0
    for document in documents:
        fault_rules.check(document, control)
    try:
        for change in _all_changes(documents, client, control):
            tell(change)
            count += 1
            if not dry_run:
                change.make()
    finally:
        client.close()
    return count


def _all_changes(documents: list[SeedDocument], client: AwsClient, control: ControlClient) -> Iterator[Change]:
    bucket_documents = BucketDocuments()
    for queue in queues.in_order(one for document in documents for one in wanted(client, document, "queues")):
        yield from _placed(queue, queues.changes)
    for document in documents:
        for topic in wanted(client, document, "topics"):
            yield from _placed(topic, topics.changes)
    for document in documents:
        for subscription in wanted(client, document, "subscriptions"):
            yield from _placed(subscription, topics.subscription_changes)
    for document in documents:
        for table in wanted(client, document, "tables"):
            yield from _placed(table, tables.changes)
    for document in documents:
        for bucket in wanted(client, document, "buckets"):
            yield from _placed(bucket, lambda one: buckets.changes(one, bucket_documents))
    for document in documents:
        yield from fault_rules.changes(document, control)


def _placed(resource: Wanted, changes: Callable[[Wanted], Iterator[Change]]) -> Iterator[Change]:
    """The changes; what a service refuses is told with the line of the resource."""
    found = changes(resource)
    while True:
        try:
            change = next(found, None)
        except AwsRefusal as refusal:
            raise resource.mistake(f"is refused: {refusal}") from refusal
        if change is None:
            return
        yield Change(change.what, change.how, lambda made=change: _make(resource, made))  # type: ignore[misc]


def _make(resource: Wanted, change: Change) -> None:
    try:
        change.make()
    except AwsRefusal as refusal:
        raise SeedError(str(resource.mistake(f"cannot be made so ({change.how}): {refusal}"))) from refusal
