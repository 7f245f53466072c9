"""Access points of directory buckets: their names, their scope, and objects by them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.access import OTHER, OWNER, Callers, access_environment
from tests.processes import Running, running_service
from tests.services.s3.access_points.conftest import at_hosts
from tests.services.s3.conftest import read, refusal
from tests.services.s3.directory_buckets.conftest import CONFIGURATION, ZONE, new_name

SCOPE = {"Prefixes": ["a/"], "Permissions": ["GetObject", "ListBucket"]}
DENIED = (403, "AccessDenied")


def point_name() -> str:
    return f"p{uuid.uuid4().hex[:12]}--{ZONE}--xa-s3"


@pytest.fixture
def account_id(express: Any, directory: str) -> str:
    return str(express.head_bucket(Bucket=directory)["BucketArn"].split(":")[4])


@pytest.fixture
def control(s3_service: Running, account_id: str) -> Any:
    return at_hosts(s3_service, "s3control", account_id=account_id)


def test_what_is_created_is_shown(control: Any, express: Any, directory: str, account_id: str) -> None:
    named = {"AccountId": account_id, "Name": point_name()}
    made = control.create_access_point(**named, Bucket=directory, Scope=SCOPE)
    assert made["AccessPointArn"] == f"arn:aws:s3express:us-east-1:{account_id}:accesspoint/{named['Name']}"
    assert control.get_access_point(**named)["Bucket"] == directory
    assert control.get_access_point_scope(**named)["Scope"] == SCOPE
    control.put_access_point_scope(**named, Scope={"Prefixes": ["b/"]})
    assert control.get_access_point_scope(**named)["Scope"]["Prefixes"] == ["b/"]
    control.delete_access_point_scope(**named)
    assert control.get_access_point_scope(**named)["Scope"] == {}
    listed = control.list_access_points_for_directory_buckets(AccountId=account_id, DirectoryBucket=directory)
    assert [point["Name"] for point in listed["AccessPointList"]] == [named["Name"]]
    assert control.list_access_points(AccountId=account_id)["AccessPointList"] == []
    tags = {"AccountId": account_id, "ResourceArn": made["AccessPointArn"]}
    control.tag_resource(**tags, Tags=[{"Key": "a", "Value": "1"}])
    assert control.list_tags_for_resource(**tags)["Tags"] == [{"Key": "a", "Value": "1"}]
    assert refusal(express.delete_bucket, Bucket=directory) == (400, "BucketHasAccessPointsAttached")
    control.delete_access_point(**named)
    express.delete_bucket(Bucket=directory)


@pytest.mark.parametrize("name", ["plain", "other--use1-az5--xa-s3", f"UPPER--{ZONE}--xa-s3"])
def test_a_name_that_cannot_be(control: Any, directory: str, account_id: str, name: str) -> None:
    given = {"AccountId": account_id, "Name": name, "Bucket": directory}
    assert refusal(control.create_access_point, **given) == (400, "InvalidAccessPoint")


def test_objects_by_it(http: httpx.Client, control: Any, express: Any, directory: str, account_id: str) -> None:
    name = point_name()
    control.create_access_point(AccountId=account_id, Name=name, Bucket=directory)
    express.put_object(Bucket=name, Key="a/key", Body=b"x")
    assert read(express, directory, "a/key") == b"x"
    assert read(express, name, "a/key") == b"x"
    assert [found["Key"] for found in express.list_objects_v2(Bucket=name)["Contents"]] == ["a/key"]
    express.rename_object(Bucket=name, Key="b", RenameSource="a/key")
    host = f"{name}.s3express-{ZONE}.us-east-1.amazonaws.com"
    assert http.get("/b", headers={"host": host}).content == b"x"
    assert refusal(express.get_object, Bucket=point_name(), Key="b") == (404, "NoSuchAccessPoint")


@pytest.fixture(scope="module")
def enforcing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("s3-directory-access-points")
    with running_service("s3", folder, environment=access_environment(folder)) as running:
        yield running


def test_both_policies_and_the_scope_decide(enforcing: Running) -> None:
    s3, control = Callers(enforcing.url, "s3"), Callers(enforcing.url, "s3control")
    owner, other = s3.named("owner"), s3.named("other")
    bucket, named = new_name(), {"AccountId": OWNER, "Name": point_name()}
    owner.create_bucket(Bucket=bucket, CreateBucketConfiguration=CONFIGURATION)
    for key in ("a/key", "b/key"):
        owner.put_object(Bucket=bucket, Key=key, Body=b"x")
    arn = control.named("owner").create_access_point(**named, Bucket=bucket, Scope=SCOPE)["AccessPointArn"]
    inside, outside = ({"Bucket": named["Name"], "Key": key} for key in ("a/key", "b/key"))
    owner.get_object(**inside)
    assert refusal(owner.get_object, **outside) == DENIED
    assert refusal(owner.put_object, **inside, Body=b"y") == DENIED
    owner.list_objects_v2(Bucket=named["Name"], Prefix="a/")
    assert refusal(owner.list_objects_v2, Bucket=named["Name"]) == DENIED

    def allow(resource: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "s3express:CreateSession"}
        return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": resource}]})

    owner.put_bucket_policy(Bucket=bucket, Policy=allow(f"arn:aws:s3express:us-east-1:{OWNER}:bucket/{bucket}"))
    assert refusal(other.get_object, **inside) == DENIED
    control.named("owner").put_access_point_policy(**named, Policy=allow(arn))
    other.get_object(**inside)
    assert refusal(other.get_object, **outside) == DENIED
