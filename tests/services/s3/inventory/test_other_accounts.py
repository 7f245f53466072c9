"""Reports to a bucket under enforcement: its policy alone lets S3 in, whoever owns it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from ruststack.control_signatures import control_headers
from services.s3.ownership.canonical_ids import canonical_id
from tests.access import OTHER, OWNER, Callers, access_environment
from tests.processes import Running, running_service
from tests.services.s3.inventory.reports import DAY, configure, keys_of, manifests, report
from tests.waiting import wait_until


def move_clock(service: Running, seconds: float) -> None:
    """By a signed request: the clock asks who moves it."""
    target, host = f"/_ruststack/clock?advance={seconds}", service.url.removeprefix("http://")
    environ = {"AWS_ACCESS_KEY_ID": "AKIAOWNER", "AWS_SECRET_ACCESS_KEY": "owner/secret+"}
    answer = httpx.post(service.url + target, headers=control_headers("POST", target, host, environ))
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def enforcing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("inventory-across-accounts")
    with running_service("s3", folder, environment=access_environment(folder)) as running:
        move_clock(running, 1.5 * DAY - time.time() % DAY)  # to noon
        yield running


def let_in(client: Any, target: str, **condition: Any) -> None:
    """The policy that AWS's user guide has for it, but for its condition."""
    statement = {
        "Sid": "InventoryExamplePolicy",
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": [f"arn:aws:s3:::{target}/*"],
        "Condition": condition,
    }
    client.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


@pytest.mark.parametrize("account", ["owner", "other"])
def test_the_policy_of_the_destination(enforcing: Running, unique_name: str, account: str) -> None:
    callers = Callers(enforcing.url, "s3")
    ours, theirs = callers.named("owner"), callers.named(account)
    source, target = f"{unique_name}-source", f"{unique_name}-target"
    ours.create_bucket(Bucket=source)
    theirs.create_bucket(Bucket=target)
    ours.put_object(Bucket=source, Key="key", Body=b"x")
    configure(ours, source, target)
    told = 0

    def is_refused() -> None:
        nonlocal told
        move_clock(enforcing, DAY)
        refusal = f"bucket {source} is written: the policy of the bucket {target}"
        wait_until(lambda: enforcing.log.read_text().count(refusal) == told + 1)
        told += 1
        assert keys_of(theirs, target) == []

    is_refused()
    let_in(theirs, target, StringEquals={"aws:SourceAccount": "333333333333"})
    is_refused()
    let_in(
        theirs,
        target,
        ArnLike={"aws:SourceArn": f"arn:aws:s3:::{source}"},
        StringEquals={"aws:SourceAccount": OWNER, "s3:x-amz-acl": "bucket-owner-full-control"},
    )
    move_clock(enforcing, DAY)
    wait_until(lambda: bool(manifests(theirs, target, source)))
    found = report(theirs, target, manifests(theirs, target, source)[0])
    assert [row["Key"] for row in found.rows] == ["key"]
    (entry,) = theirs.list_objects_v2(Bucket=target, Prefix=found.manifest_key, FetchOwner=True)["Contents"]
    assert entry["Owner"]["ID"] == canonical_id(OTHER if account == "other" else OWNER)
