"""Replicas that are made, altered and deleted; the global table as all of them then know it.

In: UpdateTable's changes (`replica_rules`), or a table that is to be deleted. All of it is one transaction over the
tables of all regions, whether these are cut off or not; only filling a large replica goes on after it (`copies`).
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ReplicationGroupUpdate.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from awskit.database import Transaction
from services.dynamodb.backups import table_deletion
from services.dynamodb.errors import ValidationException
from services.dynamodb.global_tables import copies
from services.dynamodb.global_tables.arrivals import hurry
from services.dynamodb.global_tables.replica_rules import ReplicaChanges, check_changes, read_changes
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.streams.shards import streamed
from services.dynamodb.tables.global_tables import (
    CURRENT,
    EVENTUAL,
    MEMBER,
    Group,
    group_of,
    members,
    new_group,
    without_gone,
)
from services.dynamodb.tables.replica_definitions import replica_definition, with_settings
from services.dynamodb.tables.table import Table
from services.dynamodb.tables.table_statuses import check_not_busy

_FOREVER: Final = 253_402_300_799.0
_SOURCE_SECONDS: Final = 86_400.0
_IMAGES: Final = "NEW_AND_OLD_IMAGES"
_IS_SOURCE: Final = (
    "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the table in "
    "the last 24 hours."
)

Input = Mapping[str, Any]


class Membership:
    """Changes of the global table that `table` belongs to, or is to be the first of, at `now`."""

    def __init__(self, runtime: DynamoDbRuntime, transaction: Transaction, table: Table, now: float) -> None:
        self._runtime = runtime
        self._transaction = transaction
        self._table = table
        self._now = now
        self._until = now + runtime.settings.status_delay

    def update(self, input: Input) -> Table:
        """Do what UpdateTable asks for; the table as it then is."""
        changes = read_changes(input, self._table)
        group = current_group(self._table, self._now)
        check_changes(self._transaction, input, self._table, group, changes)
        if changes.disassociates:
            return self._disassociate()
        if group is None:
            group = new_group(CURRENT, input.get("MultiRegionConsistency", EVENTUAL))
            group["Replicas"][self._table.region] = new_member(0.0)
        if changes.new_witness is not None:
            group["Witness"] = changes.new_witness
        if changes.old_witness is not None:
            group.pop("Witness", None)
        self._delete(group, changes)
        self._alter(group, changes)
        added = [self._add(group, region, settings) for region, settings in changes.created.items()]
        self.spread(group)
        for replica in added:
            sources = [
                known for region in members(group) if region not in changes.created and (known := self._find(region))
            ]
            copies.begin(self._runtime, self._transaction, replica, sources, self._until)
        found = self._find(self._table.region)
        assert found is not None
        return found

    def leave(self) -> None:
        """Take the table, which is to be deleted, out of its global table."""
        group = current_group(self._table, self._now)
        if group is None:
            return
        if group["Version"] == CURRENT and self._table.replicas:
            if self._table.is_strong:
                raise ValidationException(
                    "A replica of a global table with multi-Region strong consistency cannot be deleted alone: remove "
                    "the other replicas with UpdateTable first."
                )
            self._check_no_source(group, self._table.region)
        self.drop(group, self._table, doomed=True)
        self.spread(group)

    def drop(self, group: Group, replica: Table, *, doomed: bool) -> None:
        """Take a replica out of the global table; what is on its way to it and from it arrives first (`hurry`)."""
        others = [other for region in members(group) if region != replica.region and (other := self._find(region))]
        hurry(self._transaction, self._runtime.writer, replica, others, self._now, doomed=doomed)
        del group["Replicas"][replica.region]
        self._runtime.catalog.change(
            self._transaction, replica, **{MEMBER: None, "DisassociationProtectionEnabled": None}
        )

    def spread(self, group: Group) -> None:
        """Tell every replica what the global table is now; one that is alone is none, but of the version of 2017."""
        catalog = self._runtime.catalog
        alone = group["Version"] == CURRENT and len(group["Replicas"]) == 1
        for region in members(group):
            table = self._find(region)
            if table is None:
                continue
            changes: dict[str, Any] = {MEMBER: None if alone else group}
            if table.ttl_attribute is not None and set(table.replicas) - set(members(group)):
                # what a replica that has gone would have let expire is for another to see to
                changes["TimeToLive"] = {**table.definition["TimeToLive"], "Backfilling": True}
            catalog.change(self._transaction, table, **changes)
        self._transaction.after_commit(self._runtime.restless.set)

    def _find(self, region: str) -> Table | None:
        address = (self._table.account_id, region, self._table.name)
        return self._runtime.catalog.find(self._transaction, address, self._now)

    def _add(self, group: Group, region: str, settings: Input) -> Table:
        address = (self._table.account_id, region, self._table.name)
        catalog = self._runtime.catalog
        if not catalog.free(self._transaction, address, self._now):
            raise ValidationException(
                f"Failed to create a the new replica of table with name: \u2018{self._table.name}\u2019 because one or "
                "more replicas already existed as tables."
            )
        source = self._find(self._table.region)
        assert source is not None
        definition = replica_definition(source, settings, region, self._now, _FOREVER)
        replica = catalog.add(self._transaction, address, definition)
        if group["Consistency"] == EVENTUAL:
            replica = streamed(catalog, self._transaction, replica, _IMAGES, self._now)
            if source.stream_id is None:
                streamed(catalog, self._transaction, source, _IMAGES, self._now)
        group["Replicas"][region] = {"Status": "CREATING", "StatusUntil": _FOREVER, "Settings": dict(settings)}
        group["Replicas"][self._table.region]["SourceUntil"] = self._now + _SOURCE_SECONDS
        return replica

    def _alter(self, group: Group, changes: ReplicaChanges) -> None:
        for region, settings in changes.updated.items():
            entry = group["Replicas"][region]
            replica = self._find(region)
            if replica is None:
                continue
            check_not_busy(replica, self._now)
            entry["Settings"] = {**entry.get("Settings", {}), **settings}
            entry |= {"Status": "UPDATING", "StatusUntil": self._until}
            definition = with_settings(
                dict(replica.definition), settings, replica.account_id, replica.region, self._now
            )
            definition |= {"Status": "UPDATING", "StatusUntil": self._until}
            self._runtime.catalog.replace(self._transaction, replica, definition)

    def _delete(self, group: Group, changes: ReplicaChanges) -> None:
        for region in changes.deleted:
            self._check_no_source(group, region)
            replica = self._find(region)
            if replica is None or MEMBER not in replica.definition:
                group["Replicas"].pop(region)
                continue
            if group["Replicas"][region]["Status"] != "CREATION_FAILED":
                table_deletion.check_deletable(replica, self._now)
            self.drop(group, replica, doomed=True)
            replica = self._find(region)
            assert replica is not None
            table_deletion.delete(self._runtime, self._transaction, replica, self._now)
            if self._until > self._now:
                group["Replicas"][region] = {"Status": "DELETING", "StatusUntil": self._until}

    def _check_no_source(self, group: Group, region: str) -> None:
        if group["Replicas"][region].get("SourceUntil", 0.0) > self._now and len(members(group)) > 1:
            raise ValidationException(_IS_SOURCE)

    def _disassociate(self) -> Table:
        group = current_group(self._table, self._now)
        assert group is not None
        self.drop(group, self._table, doomed=False)
        self.spread(group)
        table = self._find(self._table.region)
        assert table is not None
        if table.ttl_attribute is not None:
            setting = {**table.definition["TimeToLive"], "Backfilling": True}
            table = self._runtime.catalog.change(self._transaction, table, TimeToLive=setting)
        return table


def current_group(table: Table, now: float) -> Group | None:
    """The global table that a table belongs to by now: a copy, without the replicas that are gone."""
    group = group_of(table.definition)
    if group is None:
        return None
    group = without_gone(group, now)
    alone = group["Version"] == CURRENT and len(group["Replicas"]) < 2
    return None if alone else group


def new_member(until: float, settings: Input | None = None) -> dict[str, Any]:
    """The entry of a replica that is there already."""
    return {"Status": "ACTIVE", "StatusUntil": until, "Settings": dict(settings or {})}
