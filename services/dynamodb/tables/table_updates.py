"""UpdateTable's changes to a table's definition.

In: parameters that satisfy the model's constraints, and the table. Out: the new definition. Raised:
`ValidationException`, `ResourceNotFoundException`, `LimitExceededException` with DynamoDB's texts.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from services.dynamodb.errors import LimitExceededException, ResourceNotFoundException, ValidationException
from services.dynamodb.tables.descriptions import index_status_at, warm_throughput
from services.dynamodb.tables.encryption import check_changes, describe_encryption
from services.dynamodb.tables.schema_checks import (
    GSI_LIMIT,
    INVALID,
    check_global_index,
    check_projected,
    check_throughput,
)
from services.dynamodb.tables.table import Table
from services.dynamodb.tables.table_creation import Definition, new_index, new_throughput
from services.dynamodb.tables.table_update_checks import stays_active
from services.dynamodb.tables.throughput_checks import check_maximum, check_warmer, maximum_after
from services.dynamodb.tables.vector_indexes import changed_vector_indexes

Input = Mapping[str, Any]

_UNITS: Final = ("ReadCapacityUnits", "WriteCapacityUnits")
_SAME_CONCERN: Final = frozenset({"TableName", "AttributeDefinitions", "BillingMode", "ProvisionedThroughput"})
_WITH_OVERRIDES: Final = "ENABLED_WITH_OVERRIDES"
_NO_CHANGE: Final = "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {}"
_NO_CHANGE_ON_DEMAND: Final = (
    "The only Updates for index: {} when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, "
    "WarmThroughput"
)
_BLOCKED: Final = (
    "This operation cannot be performed with given input values. Please contact DynamoDB service team for more info: "
    "Action Blocked: IndexUpdate"
)


class TableUpdate:
    """One UpdateTable request being applied to a table's definition.

    `created` are the numbers of indexes to be back-filled, `deleted` those of indexes whose entries are to be swept.
    """

    def __init__(self, table: Table, input: Input, now: float, until: float) -> None:
        self._table = table
        self._input = input
        self._now = now
        self._until = until
        self.definition: Definition = dict(table.definition)
        self.definition.pop("ThroughputBefore", None)
        self.created: list[int] = []
        self.deleted: list[int] = []

    def apply(self) -> None:
        """Work the request's changes into the definition."""
        updates = self._input.get("GlobalSecondaryIndexUpdates", ())
        was_on_demand = self.definition.get("BillingMode") == "PAY_PER_REQUEST"
        on_demand = self._input.get("BillingMode", self.definition.get("BillingMode")) == "PAY_PER_REQUEST"
        self._check_throughput_mode(updates, on_demand=on_demand, was_on_demand=was_on_demand)
        if on_demand and not was_on_demand:
            self._become_on_demand()
        elif was_on_demand and not on_demand:
            self._become_provisioned()
        if "ProvisionedThroughput" in self._input:
            self._change_throughput(self.definition, self._input["ProvisionedThroughput"], "table")
        self._change_indexes(updates, on_demand=on_demand)
        self._change_settings()
        if not stays_active(self._input):
            self.definition["Status"], self.definition["StatusUntil"] = "UPDATING", self._until

    def _check_throughput_mode(self, updates: Sequence[Input], *, on_demand: bool, was_on_demand: bool) -> None:
        if on_demand:
            if "ProvisionedThroughput" in self._input:
                raise ValidationException(
                    f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
                    "PAY_PER_REQUEST"
                )
            return
        if not was_on_demand:
            return
        if "ProvisionedThroughput" not in self._input:
            raise ValidationException(
                f"{INVALID}ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
            )
        given = {
            update["Update"]["IndexName"] for update in updates if "ProvisionedThroughput" in update.get("Update", {})
        }
        given |= {update["Delete"]["IndexName"] for update in updates if "Delete" in update}
        missing = [entry["IndexName"] for entry in self._indexes() if entry["IndexName"] not in given]
        if missing:
            raise ValidationException(
                f"{INVALID}ProvisionedThroughput must be specified for index: {','.join(missing)}"
            )

    def _indexes(self) -> list[Definition]:
        return list(self.definition.get("GlobalSecondaryIndexes", ()))

    def _become_on_demand(self) -> None:
        self.definition["BillingMode"] = "PAY_PER_REQUEST"
        self.definition["PayPerRequestSince"] = self._now
        self.definition["ProvisionedThroughput"] = new_throughput(None)
        if "GlobalSecondaryIndexes" in self.definition:
            self.definition["GlobalSecondaryIndexes"] = [
                {**entry, "ProvisionedThroughput": new_throughput(None)} for entry in self._indexes()
            ]

    def _become_provisioned(self) -> None:
        self.definition["BillingMode"] = "PROVISIONED"
        self.definition.pop("OnDemandThroughput", None)
        if "GlobalSecondaryIndexes" in self.definition:
            self.definition["GlobalSecondaryIndexes"] = [
                {name: value for name, value in entry.items() if name != "OnDemandThroughput"}
                for entry in self._indexes()
            ]

    def _change_throughput(self, holder: Definition, wanted: Mapping[str, int], what: str) -> None:
        current = holder["ProvisionedThroughput"]
        if all(wanted[name] == current[name] for name in _UNITS):
            if set(self._input) - _SAME_CONCERN - ({"GlobalSecondaryIndexUpdates"} if what != "table" else set()):
                return
            numbers = " ".join(
                f"Current {name} provisioned for the {what}: {current[name]}. Requested {name}: {wanted[name]}."
                for name in _UNITS
            )
            raise ValidationException(
                f"The provisioned throughput for the {what} will not change. The requested value equals the current "
                f"value. {numbers} Refer to the Amazon DynamoDB Developer Guide for current limits and how to request "
                "higher limits."
            )
        changed = {name: wanted[name] for name in _UNITS}
        before, after = dict(current), {**current, **changed}
        if any(wanted[name] > current[name] for name in _UNITS):
            before["LastIncreaseDateTime"], after["LastIncreaseDateTime"] = self._now, self._until
        if any(wanted[name] < current[name] for name in _UNITS):
            before["LastDecreaseDateTime"], after["LastDecreaseDateTime"] = self._now, self._until
            same_day = _day(current.get("LastDecreaseDateTime")) == _day(self._now)
            after["NumberOfDecreasesToday"] = current["NumberOfDecreasesToday"] + 1 if same_day else 1
        holder["ThroughputBefore"] = before
        holder["ProvisionedThroughput"] = after

    def _change_indexes(self, updates: Sequence[Input], *, on_demand: bool) -> None:
        if not updates:
            return
        if sum("Create" in update or "Delete" in update for update in updates) > 1:
            raise LimitExceededException(
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
            )
        for update in updates:
            if "Create" in update:
                self._create_index(update["Create"], on_demand=on_demand)
            elif "Delete" in update:
                self._delete_index(update["Delete"]["IndexName"])
            else:
                self._update_index(update["Update"], on_demand=on_demand)

    def _create_index(self, index: Input, *, on_demand: bool) -> None:
        name = index["IndexName"]
        present = [entry for entry in self._indexes() if index_status_at(entry, self._now)]
        local = self.definition.get("LocalSecondaryIndexes", ())
        if any(entry["IndexName"] == name for entry in (*present, *local)):
            raise ValidationException("Attempting to create an index which already exists")
        if "AttributeDefinitions" not in self._input:
            raise ValidationException(f"{INVALID}AttributeDefinitions is not specified for index: {name}")
        given = {entry["AttributeName"]: entry for entry in self._input["AttributeDefinitions"]}
        check_global_index(index, list(given), on_demand=on_demand)
        known = {entry["AttributeName"]: entry for entry in self.definition["AttributeDefinitions"]}
        self._check_types(index["KeySchema"], known, given)
        known = {**given, **known}
        if len(present) >= GSI_LIMIT:
            raise LimitExceededException(
                f"Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of {GSI_LIMIT}"
            )
        check_projected((*present, *local, index))
        number = self.definition["NextIndexNumber"]
        self.definition["NextIndexNumber"] = number + 1
        created = new_index(index, number, "CREATING", self._until)
        created["AddedLater"] = created["Backfilling"] = True
        self.definition["GlobalSecondaryIndexes"] = [*self._indexes(), created]
        self._set_attributes(known.values())
        self.created.append(number)

    def _check_types(self, schema: Sequence[Input], known: Mapping[str, Input], given: Mapping[str, Input]) -> None:
        """What the new index's key is made of keeps the type that it has; elsewhere another type is passed over."""
        if any(
            known.get(name, given[name])["AttributeType"] != given[name]["AttributeType"]
            for name in (element["AttributeName"] for element in schema)
        ):
            existing = _shown_schema(self.definition["KeySchema"], known)
            new = _shown_schema(schema, given)
            raise ValidationException(
                f"{INVALID}Attributes cannot be redefined. Please check that your attribute has the same type as "
                f"previously defined. Existing schema: {existing} New schema: {new}"
            )

    def _delete_index(self, name: str) -> None:
        entry = self._index(name, "delete")
        if self._until > self._now:
            changed = {**entry, "Status": "DELETING", "StatusUntil": self._until, "Backfilling": False}
            self._put_index(changed)
        else:
            self.drop_index(entry["Number"])
        self.deleted.append(entry["Number"])

    def drop_index(self, number: int) -> None:
        """Take an index out of the definition, and the attributes that only it used."""
        left = [entry for entry in self._indexes() if entry["Number"] != number]
        if left:
            self.definition["GlobalSecondaryIndexes"] = left
        else:
            self.definition.pop("GlobalSecondaryIndexes", None)
        self._set_attributes(self.definition["AttributeDefinitions"])

    def _update_index(self, update: Input, *, on_demand: bool) -> None:
        name = update["IndexName"]
        throughput = update.get("ProvisionedThroughput")
        if self._table.index(name) is None and throughput is not None:
            try:
                check_throughput(throughput, name)
            except ValidationException:
                raise ValidationException(_BLOCKED) from None
        entry = dict(self._index(name, "update"))
        entry.pop("ThroughputBefore", None)
        if throughput is not None:
            if on_demand:
                raise ValidationException(
                    f"{INVALID}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {name} "
                    "when BillingMode is PAY_PER_REQUEST"
                )
            check_throughput(throughput, name)
            self._change_throughput(entry, throughput, f"index {name}")
        elif len(update) == 1:
            raise ValidationException(INVALID + (_NO_CHANGE_ON_DEMAND if on_demand else _NO_CHANGE).format(name))
        self._change_limits(entry, update, name)
        if entry.get("Status", "ACTIVE") == "ACTIVE" or not entry.get("Backfilling"):
            entry["Status"], entry["StatusUntil"] = "UPDATING", self._until
        self._put_index(entry)

    def _index(self, name: str, verb: str) -> Definition:
        for entry in self._indexes():
            if entry["IndexName"] == name and index_status_at(entry, self._now):
                return entry
        if any(entry["IndexName"] == name for entry in self.definition.get("LocalSecondaryIndexes", ())):
            raise ValidationException(f"Cannot {verb} an index that is not a GlobalSecondaryIndex: {name}")
        raise ResourceNotFoundException(f"Requested resource not found: Index {name} for table {self._table.name}")

    def _put_index(self, changed: Definition) -> None:
        self.definition["GlobalSecondaryIndexes"] = [
            changed if entry["Number"] == changed["Number"] else entry for entry in self._indexes()
        ]

    def _set_attributes(self, attributes: Iterable[Mapping[str, str]]) -> None:
        used = {element["AttributeName"] for element in self.definition["KeySchema"]}
        for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
            for entry in self.definition.get(kind, ()):
                used |= {element["AttributeName"] for element in entry["KeySchema"]}
        for entry in self.definition.get("VectorIndexes", ()):
            used |= {element["AttributeName"] for element in entry.get("SearchSchema", ())}
        self.definition["AttributeDefinitions"] = [entry for entry in attributes if entry["AttributeName"] in used]

    def _change_vector_indexes(self, updates: Sequence[Input]) -> None:
        known = {entry["AttributeName"]: entry for entry in self.definition["AttributeDefinitions"]}
        for entry in self._input.get("AttributeDefinitions", ()):
            known.setdefault(entry["AttributeName"], entry)
        definition = {**self.definition, "AttributeDefinitions": list(known.values())}
        self.definition["VectorIndexes"] = changed_vector_indexes(self._table, updates, definition)
        self._set_attributes(known.values())

    def _change_settings(self) -> None:
        given = self._input
        table = self._table
        if "SSESpecification" in given:
            encryption = describe_encryption(given["SSESpecification"], table.account_id, table.region)
            check_changes(self.definition.get("SSEDescription"), given["SSESpecification"], encryption)
            if encryption is not None:
                self.definition["SSEDescription"] = encryption
            else:
                self.definition.pop("SSEDescription", None)
        if "VectorIndexUpdates" in given:
            self._change_vector_indexes(given["VectorIndexUpdates"])
        if "TableClass" in given and ("TableClassSummary" in self.definition or given["TableClass"] != "STANDARD"):
            self.definition["TableClassSummary"] = {"TableClass": given["TableClass"], "LastUpdateDateTime": self._now}
        if "DeletionProtectionEnabled" in given:
            self.definition["DeletionProtectionEnabled"] = given["DeletionProtectionEnabled"]
        if "GlobalTableSettingsReplicationMode" in given:
            self._change_replication_mode(given["GlobalTableSettingsReplicationMode"])
        if "DisassociationProtectionEnabled" in given:
            self.definition["DisassociationProtectionEnabled"] = given["DisassociationProtectionEnabled"]
        self._change_limits(self.definition, given)

    def _change_replication_mode(self, mode: str) -> None:
        """A table of one region chooses whether other accounts may replicate it; replicas have a mode of their own."""
        of_replicas = bool(self._table.replicas) or "ReplicaUpdates" in self._input
        if of_replicas != (mode == _WITH_OVERRIDES):
            raise ValidationException(
                f"{INVALID}GlobalTableSettingsReplicationMode is {_WITH_OVERRIDES} for the replicas of a global table, "
                "and ENABLED or DISABLED for any other table"
            )
        if not of_replicas:
            self.definition["GlobalTableSettingsReplicationMode"] = mode

    def _change_limits(self, holder: Definition, given: Input, index_name: str | None = None) -> None:
        """Change maximum and warm throughput of the table or an index."""
        on_demand = self.definition.get("BillingMode") == "PAY_PER_REQUEST"
        check_maximum(given, on_demand=on_demand, where="table" if index_name is None else f"index : {index_name}")
        if "OnDemandThroughput" in given:
            maximum = maximum_after(holder.get("OnDemandThroughput", {}), given["OnDemandThroughput"])
            if maximum:
                holder["OnDemandThroughput"] = maximum
            else:
                holder.pop("OnDemandThroughput", None)
        if "WarmThroughput" in given:
            current = warm_throughput(holder)
            check_warmer(current, given["WarmThroughput"], "table" if index_name is None else f"index {index_name}")
            holder["WarmThroughput"] = {**holder.get("WarmThroughput", {}), **given["WarmThroughput"]}


def _shown_schema(schema: Sequence[Input], definitions: Mapping[str, Input]) -> str:
    elements = (
        f"SchemaElement: key{{{name}:{definitions[name]['AttributeType']}:{element['KeyType']}}}"
        for element in schema
        for name in (element["AttributeName"],)
    )
    return f"Schema:[{', '.join(elements)}]"


def _day(moment: float | None) -> str:
    return datetime.fromtimestamp(moment, UTC).date().isoformat() if moment is not None else ""
