"""A DynamoDB table as the code works with it: its keys, its indexes and its settings.

A `Table` never changes: an operation that alters one writes a new `definition` and builds a new `Table` from it. The
definition is the JSON document in the table's row, with AWS's member names where AWS has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.dynamodb.arns import table_arn
from services.dynamodb.store.items import Entry
from services.dynamodb.tables.global_tables import LEGACY, MEMBER, STRONG, members
from services.dynamodb.values.attribute_values import Item
from services.dynamodb.values.key_encoding import encode, encode_parts, partition_hash
from services.dynamodb.values.sizes import value_size

TABLE_STATISTICS: Final = 0
"""The index number that the table's own statistics are kept under; indexes count from 1."""

DEFAULT_PRECISION: Final = "MILLISECOND"
"""Of the times in a Kinesis destination's records."""

PARTITION_LIMIT: Final = 2048
SORT_LIMIT: Final = 1024
"""Bytes that a partition or sort key may have."""


@dataclass(frozen=True, slots=True)
class KeyAttribute:
    """An attribute of a key schema with its type: S, N or B."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index. `attributes` are those it projects, keys included; None where it projects all."""

    number: int
    name: str
    is_global: bool
    partition: tuple[KeyAttribute, ...]
    sort: tuple[KeyAttribute, ...]
    projection: str
    attributes: frozenset[str] | None
    status: str = "ACTIVE"
    status_until: float = 0.0
    backfilling: bool = False

    @property
    def keys(self) -> tuple[KeyAttribute, ...]:
        return self.partition + self.sort

    def status_at(self, now: float) -> str:
        """CREATING, ACTIVE, UPDATING, DELETING, or "" where the index is gone by `now`."""
        if self.status == "ACTIVE" or self.backfilling or now < self.status_until:
            return self.status
        return "" if self.status == "DELETING" else "ACTIVE"

    @property
    def kind(self) -> str:
        """The member of a description that the index is listed under."""
        return "GlobalSecondaryIndexes" if self.is_global else "LocalSecondaryIndexes"

    def project(self, item: Item) -> Item:
        """What the index holds of `item`."""
        if self.attributes is None:
            return item
        attributes = self.attributes
        return {name: value for name, value in item.items() if name in attributes}

    def place(self, key: Mapping[str, Any]) -> tuple[bytes, bytes] | None:
        """(hash, sort) of `key` in the index.

        None where it does not fit: it lacks an attribute, or has one that is of another type, empty or too long (only
        items from before the index can).
        """
        partition = _values_of(key, self.partition, PARTITION_LIMIT)
        if partition is None:
            return None
        if not self.sort:
            return partition_hash(encode_parts(partition)), b""
        sort = _values_of(key, self.sort, SORT_LIMIT)
        return (partition_hash(encode_parts(partition)), encode_parts(sort)) if sort is not None else None


@dataclass(frozen=True, slots=True)
class KinesisDestination:
    """A Kinesis data stream that gets the table's changes; `precision` is that of their times, as AWS names it."""

    arn: str
    precision: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table and everything that an item operation asks of it."""

    table_id: int
    account_id: str
    region: str
    name: str
    definition: Mapping[str, Any]
    arn: str
    partition_key: KeyAttribute
    sort_key: KeyAttribute | None
    indexes: tuple[Index, ...]
    status: str
    status_until: float
    ttl_attribute: str | None
    ttl_enabled_at: float
    stream_id: int | None
    stream_view_type: str | None
    keeps_history: bool
    keys: tuple[KeyAttribute, ...] = ()
    key_names: tuple[str, ...] = ()
    key_types: Mapping[str, str] = field(default_factory=dict)
    vectors: Mapping[str, int] = field(default_factory=dict)
    """Attributes that vector indexes take for vectors: name to the number of dimensions."""
    index_key_types: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Attributes that are keys of an index: name to (type, the name of the first such index by name)."""
    kinesis_destinations: tuple[KinesisDestination, ...] = ()
    replicas: tuple[str, ...] = ()
    """The other regions of a global table."""
    is_strong: bool = False
    """Whether writes are in every region at once (`MultiRegionConsistency`)."""
    stamps_items: bool = False
    """Whether items tell when and where they were written (version 2017.11.29)."""
    witness: str = ""
    """The region that has the changes of a strongly consistent table, and no replica."""
    oldest_region: str = ""
    """That of the global table's first replica: home of what was written before there were others."""

    def status_at(self, now: float) -> str:
        """CREATING, ACTIVE, UPDATING, DELETING, or "" where the table is deleted by `now`."""
        if self.status == "ACTIVE" or now < self.status_until:
            return self.status
        return "" if self.status == "DELETING" else "ACTIVE"

    def index(self, name: str) -> Index | None:
        for index in self.indexes:
            if index.name == name:
                return index
        return None

    def place(self, key: Mapping[str, Any]) -> tuple[bytes, bytes]:
        """(hash, sort) of a key or an item that has been checked against the schema."""
        hash_ = partition_hash(encode(key[self.partition_key.name]))
        return hash_, (encode(key[self.sort_key.name]) if self.sort_key is not None else b"")

    def tie(self, item: Mapping[str, Any]) -> bytes:
        """The hash over the whole primary key: the order among equal keys of an index."""
        return partition_hash(*(encode(item[name]) for name in self.key_names))

    def key_of(self, item: Mapping[str, Any]) -> Item:
        """The key attributes of an item alone."""
        return {name: item[name] for name in self.key_names}

    def entries(self, item: Item | None) -> dict[int, Entry]:
        """The item's entries by index number; an item that lacks an index's key is not in that index."""
        if item is None or not self.indexes:
            return {}
        found: dict[int, Entry] = {}
        tie: bytes | None = None
        for index in self.indexes:
            place = index.place(item)
            if place is not None:
                if tie is None:
                    tie = self.tie(item)
                found[index.number] = Entry(index.number, place[0], place[1], tie)
        return found


def build_table(table_id: int, account_id: str, region: str, definition: Mapping[str, Any]) -> Table:
    """The `Table` that a row describes."""
    types = {entry["AttributeName"]: entry["AttributeType"] for entry in definition["AttributeDefinitions"]}
    partition, sort = key_attributes(definition["KeySchema"], types)
    names = tuple(attribute.name for attribute in partition + sort)
    indexes = [_index(entry, False, types, names) for entry in definition.get("LocalSecondaryIndexes", ())]
    indexes += [_index(entry, True, types, names) for entry in definition.get("GlobalSecondaryIndexes", ())]
    index_keys: dict[str, tuple[str, str]] = {}
    for index in sorted(indexes, key=lambda index: index.name):
        for attribute in index.keys:
            if attribute.name not in names:
                index_keys.setdefault(attribute.name, (attribute.type, index.name))
    ttl = definition.get("TimeToLive", {})
    stream = definition.get("StreamSpecification", {})
    streaming = stream.get("StreamEnabled", False)
    group = definition.get(MEMBER)
    regions = members(group) if group is not None else []
    return Table(
        table_id=table_id,
        account_id=account_id,
        region=region,
        name=definition["TableName"],
        definition=definition,
        arn=table_arn(region, account_id, definition["TableName"]),
        partition_key=partition[0],
        sort_key=sort[0] if sort else None,
        indexes=tuple(indexes),
        status=definition["Status"],
        status_until=definition["StatusUntil"],
        ttl_attribute=ttl["AttributeName"] if ttl.get("Enabled") else None,
        ttl_enabled_at=ttl.get("StatusUntil", 0.0),
        stream_id=definition.get("StreamId") if streaming else None,
        stream_view_type=stream.get("StreamViewType") if streaming else None,
        keeps_history=definition.get("PointInTimeRecovery", {}).get("Enabled", False) or bool(definition.get("Copies")),
        keys=partition + sort,
        key_names=names,
        key_types={attribute.name: attribute.type for attribute in partition + sort},
        vectors={
            entry["VectorAttribute"]["AttributeName"]: entry["Dimensions"]
            for entry in definition.get("VectorIndexes", ())
        },
        index_key_types=index_keys,
        kinesis_destinations=tuple(
            KinesisDestination(arn, entry.get("ApproximateCreationDateTimePrecision", DEFAULT_PRECISION))
            for arn, entry in definition.get("KinesisDestinations", {}).items()
            if entry["DestinationStatus"] == "ACTIVE"
        ),
        replicas=tuple(other for other in regions if other != region),
        is_strong=group is not None and group["Consistency"] == STRONG,
        stamps_items=group is not None and group["Version"] == LEGACY and len(regions) > 1,
        witness=group.get("Witness", "") if group is not None else "",
        oldest_region=regions[0] if regions else "",
    )


def key_attributes(
    schema: list[dict[str, str]], types: Mapping[str, str]
) -> tuple[tuple[KeyAttribute, ...], tuple[KeyAttribute, ...]]:
    """The partition key's and the sort key's attributes."""
    attributes = [
        (element["KeyType"], KeyAttribute(element["AttributeName"], types[element["AttributeName"]]))
        for element in schema
    ]
    return (
        tuple(attribute for kind, attribute in attributes if kind == "HASH"),
        tuple(attribute for kind, attribute in attributes if kind == "RANGE"),
    )


def _values_of(key: Mapping[str, Any], attributes: tuple[KeyAttribute, ...], limit: int) -> list[dict[str, Any]] | None:
    values = []
    size = 0
    for attribute in attributes:
        value = key.get(attribute.name)
        if value is None or not value.get(attribute.type):
            return None
        size += len(value[attribute.type])
        values.append(value)
    if size * 3 > limit and sum(map(value_size, values)) > limit:
        return None
    return values


def _index(entry: Mapping[str, Any], is_global: bool, types: Mapping[str, str], names: tuple[str, ...]) -> Index:
    partition, sort = key_attributes(entry["KeySchema"], types)
    projection = entry["Projection"]["ProjectionType"]
    attributes = None
    if projection != "ALL":
        attributes = frozenset(
            (*names, *(key.name for key in partition + sort), *entry["Projection"].get("NonKeyAttributes", ()))
        )
    return Index(
        number=entry["Number"],
        name=entry["IndexName"],
        is_global=is_global,
        partition=partition,
        sort=sort,
        projection=projection,
        attributes=attributes,
        status=entry.get("Status", "ACTIVE"),
        status_until=entry.get("StatusUntil", 0.0),
        backfilling=entry.get("Backfilling", False),
    )
