"""Replication to buckets of other accounts: who owns the replicas, and who has to let them in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.s3.ownership.canonical_ids import canonical_id
from tests.access import OTHER, OWNER, Callers, access_environment
from tests.processes import Running, running_service
from tests.services.s3.conftest import refusal
from tests.waiting import wait_until

ROLE = f"arn:aws:iam::{OWNER}:role/replication"


def versioned(client: Any, name: str, **given: Any) -> str:
    client.create_bucket(Bucket=name, **given)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def replicate(client: Any, source: str, target: str, **destination: Any) -> None:
    rule = {
        "ID": "all",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{target}", **destination},
    }
    client.put_bucket_replication(Bucket=source, ReplicationConfiguration={"Role": ROLE, "Rules": [rule]})


def outcome(client: Any, source: str, key: str) -> str:
    """How the replication of an object has ended."""
    client.put_object(Bucket=source, Key=key, Body=b"x")

    def status() -> str:
        return str(client.head_object(Bucket=source, Key=key)["ReplicationStatus"])

    wait_until(lambda: status() in ("COMPLETED", "FAILED"))
    return status()


TRANSLATED = {"Account": OTHER, "AccessControlTranslation": {"Owner": "Destination"}}


@pytest.mark.parametrize(
    ("ownership", "destination", "owner"),
    [
        ("ObjectWriter", {}, OWNER),
        ("ObjectWriter", {"Account": OTHER}, OWNER),
        ("ObjectWriter", TRANSLATED, OTHER),
        ("BucketOwnerEnforced", {}, OTHER),
    ],
)
def test_who_owns_a_replica(
    s3_service: Running, unique_name: str, ownership: str, destination: dict[str, Any], owner: str
) -> None:
    ours, theirs = (s3_service.client("s3", account_id=account) for account in (OWNER, OTHER))
    source = versioned(ours, f"{unique_name}-source")
    target = versioned(theirs, f"{unique_name}-target", ObjectOwnership=ownership)
    replicate(ours, source, target, **destination)
    assert outcome(ours, source, "key") == "COMPLETED"
    (replica,) = theirs.list_objects_v2(Bucket=target, FetchOwner=True)["Contents"]
    assert replica["Owner"]["ID"] == canonical_id(owner)


def test_a_rule_for_another_account_than_the_buckets(s3_service: Running, unique_name: str) -> None:
    ours, theirs = (s3_service.client("s3", account_id=account) for account in (OWNER, OTHER))
    source, target = versioned(ours, f"{unique_name}-source"), versioned(theirs, f"{unique_name}-target")
    replicate(ours, source, target, Account="333333333333")
    assert outcome(ours, source, "key") == "FAILED"
    bad = {"AccessControlTranslation": {"Owner": "Destination"}}
    assert refusal(lambda: replicate(ours, source, target, **bad)) == (400, "InvalidRequest")
    assert refusal(lambda: replicate(ours, source, target, Account="12")) == (400, "InvalidRequest")


@pytest.fixture(scope="module")
def enforcing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    folder = tmp_path_factory.mktemp("replication-across-accounts")
    with running_service("s3", folder, environment=access_environment(folder)) as running:
        yield Callers(running.url, "s3")


def test_a_bucket_lets_the_role_in(enforcing: Callers, unique_name: str) -> None:
    ours, theirs = enforcing.named("owner"), enforcing.named("other")
    source, target = versioned(ours, f"{unique_name}-source"), versioned(theirs, f"{unique_name}-target")
    replicate(ours, source, target)
    assert outcome(ours, source, "refused") == "FAILED"
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Resource": f"arn:aws:s3:::{target}/*"}

    def allow(*actions: str) -> None:
        text = {"Version": "2012-10-17", "Statement": [{**statement, "Action": list(actions)}]}
        theirs.put_bucket_policy(Bucket=target, Policy=json.dumps(text))

    allow("s3:ReplicateObject")
    assert outcome(ours, source, "let in") == "COMPLETED"
    replicate(ours, source, target, **TRANSLATED)
    assert outcome(ours, source, "translated") == "FAILED"
    allow("s3:ReplicateObject", "s3:ObjectOwnerOverrideToBucketOwner")
    assert outcome(ours, source, "let in to be owned") == "COMPLETED"


def test_delete_markers_have_to_be_let_in_too(enforcing: Callers, unique_name: str) -> None:
    ours, theirs = enforcing.named("owner"), enforcing.named("other")
    source, target = versioned(ours, f"{unique_name}-source"), versioned(theirs, f"{unique_name}-target")
    replicate(ours, source, target)
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Resource": f"arn:aws:s3:::{target}/*"}

    def markers_of(*actions: str) -> list[str]:
        text = {"Version": "2012-10-17", "Statement": [{**statement, "Action": list(actions)}]}
        theirs.put_bucket_policy(Bucket=target, Policy=json.dumps(text))
        ours.delete_object(Bucket=source, Key=" ".join(actions))
        # Replication goes in order: what was deleted before this has been replicated, or not.
        assert outcome(ours, source, f"after {len(actions)}") == "COMPLETED"
        listed = theirs.list_object_versions(Bucket=target).get("DeleteMarkers", [])
        return [entry["Key"] for entry in listed]

    assert markers_of("s3:ReplicateObject") == []
    both = ("s3:ReplicateObject", "s3:ReplicateDelete")
    assert markers_of(*both) == [" ".join(both)]
