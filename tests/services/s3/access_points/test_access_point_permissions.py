"""With `RUSTSTACK_AUTH=enforce`: what comes by an access point is allowed there and by its bucket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.access import OTHER, OWNER, Callers, access_environment, error_of, refusal
from tests.processes import Running, running_service

USER = f"arn:aws:iam::{OWNER}:user/user"
OPEN = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("s3-access-points")
    with running_service("s3", folder, environment=access_environment(folder)) as running:
        yield running


@dataclass(frozen=True)
class Point:
    """A bucket of `owner` with an object `key`, and an access point of it."""

    service: Running
    bucket: str
    name: str
    arn: str
    alias: str

    @property
    def s3(self) -> Callers:
        return Callers(self.service.url, "s3")

    @property
    def control(self) -> Callers:
        return Callers(self.service.url, "s3control")

    def allow(self, principal: Any, action: str = "s3:GetObject", effect: str = "Allow") -> None:
        """Put a policy at the access point."""
        objects = action not in ("s3:ListBucket",)
        statement = {
            "Effect": effect,
            "Principal": principal,
            "Action": action,
            "Resource": f"{self.arn}/object/*" if objects else self.arn,
        }
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.control.named("owner").put_access_point_policy(AccountId=OWNER, Name=self.name, Policy=text)

    def delegate(self, **condition: Any) -> None:
        """The bucket leaves it to the access points of its account."""
        condition = condition or {"StringEquals": {"s3:DataAccessPointAccount": OWNER}}
        arn = f"arn:aws:s3:::{self.bucket}"
        statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": [arn, f"{arn}/*"]}
        text = json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]})
        self.s3.named("owner").put_bucket_policy(Bucket=self.bucket, Policy=text)

    def get(self, name: str) -> Any:
        client = self.s3.anonymous if name == "anonymous" else self.s3.named(name)
        return client.get_object(Bucket=self.alias, Key="key")


def make_point(service: Running, name: str, **given: Any) -> Point:
    owner = Callers(service.url, "s3").named("owner")
    owner.create_bucket(Bucket=name)
    owner.put_object(Bucket=name, Key="key", Body=b"x")
    owner.delete_public_access_block(Bucket=name)
    called = f"p-{name[-40:]}".replace("_", "-")
    made = (
        Callers(service.url, "s3control")
        .named("owner")
        .create_access_point(AccountId=OWNER, Name=called, Bucket=name, **given)
    )
    return Point(service, name, called, made["AccessPointArn"], made["Alias"])


@pytest.fixture
def point(service: Running, unique_name: str) -> Point:
    return make_point(service, unique_name, PublicAccessBlockConfiguration=OPEN)


def test_the_owner_and_its_administrators_get_in(point: Point) -> None:
    point.get("owner")
    point.get("admin")
    why = f'User: {USER} is not authorized to perform: s3:GetObject on resource: "{point.arn}/object/key" because no'
    status, code, text = error_of(point.s3.named("user").get_object, Bucket=point.alias, Key="key")
    assert (status, code) == (403, "AccessDenied")
    assert text.startswith(why)


def test_both_policies_have_to_allow_it(point: Point) -> None:
    """The bucket says nothing of the user until it leaves that to its access points."""
    point.allow({"AWS": USER})
    assert refusal(point.get, name="user") == (403, "AccessDenied")
    point.delegate()
    point.get("user")
    direct = {"Bucket": point.bucket, "Key": "key"}
    assert refusal(point.s3.named("user").get_object, **direct) == (403, "AccessDenied")
    point.delegate(StringEquals={"s3:DataAccessPointArn": f"{point.arn}-other"})
    assert refusal(point.get, name="user") == (403, "AccessDenied")
    point.delegate(StringLike={"s3:DataAccessPointArn": f"arn:aws:s3:*:{OWNER}:accesspoint/*"})
    point.get("user")
    point.delegate(StringEquals={"s3:AccessPointNetworkOrigin": "VPC"})
    assert refusal(point.get, name="user") == (403, "AccessDenied")


def test_other_accounts(point: Point) -> None:
    point.delegate()
    assert refusal(point.get, name="other") == (403, "AccessDenied")
    assert refusal(point.get, name="anonymous") == (403, "AccessDenied")
    point.allow({"AWS": f"arn:aws:iam::{OTHER}:root"})
    point.get("other")
    assert refusal(point.get, name="anonymous") == (403, "AccessDenied")
    assert refusal(point.s3.named("other").list_objects_v2, Bucket=point.alias) == (403, "AccessDenied")
    point.allow({"AWS": OTHER}, "s3:ListBucket")
    assert point.s3.named("other").list_objects_v2(Bucket=point.alias)["KeyCount"] == 1


def test_a_denial_at_the_access_point(point: Point) -> None:
    point.allow({"AWS": f"arn:aws:iam::{OWNER}:root"}, effect="Deny")
    assert refusal(point.get, name="owner") == (403, "AccessDenied")
    point.s3.named("owner").get_object(Bucket=point.bucket, Key="key")


def test_a_public_policy(service: Running, point: Point, unique_name: str) -> None:
    point.delegate()
    point.allow("*")
    point.get("anonymous")
    closed = make_point(service, f"{unique_name}-closed")
    closed.delegate()
    assert refusal(closed.allow, principal="*") == (403, "AccessDenied")
    assert refusal(closed.get, name="anonymous") == (403, "AccessDenied")


def test_keys_are_deleted_one_by_one(point: Point) -> None:
    point.delegate()
    point.allow({"AWS": OTHER})
    given = {"Bucket": point.alias, "Delete": {"Objects": [{"Key": "key"}]}}
    assert [failed["Code"] for failed in point.s3.named("other").delete_objects(**given)["Errors"]] == ["AccessDenied"]
    point.allow({"AWS": OTHER}, "s3:DeleteObject")
    assert point.s3.named("other").delete_objects(**given)["Deleted"] == [{"Key": "key"}]


def test_a_copy_needs_what_its_source_asks_for(service: Running, point: Point, unique_name: str) -> None:
    other = point.s3.named("other")
    target = f"{unique_name}-target"
    other.create_bucket(Bucket=target)
    given = {"Bucket": target, "Key": "copy", "CopySource": f"{point.arn}/object/key"}
    point.delegate()
    assert refusal(other.copy_object, **given) == (403, "AccessDenied")
    point.allow({"AWS": OTHER})
    other.copy_object(**given)


def test_a_vpc(service: Running, unique_name: str) -> None:
    """Where requests may only come from a VPC, they come by the host of one of its endpoints."""
    point = make_point(service, unique_name, VpcConfiguration={"VpcId": "vpc-1a2b"})
    assert refusal(point.get, name="owner") == (403, "AccessDenied")
    host = f"{point.name}-{OWNER}.accesspoint.vpce-0a1b-c2d3.s3.us-east-1.vpce.amazonaws.com"
    request = AWSRequest("GET", f"http://{host}/key", headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    S3SigV4Auth(Credentials("AKIAOWNER", "owner/secret+"), "s3", "us-east-1").add_auth(request)
    answer = httpx.get(f"{service.url}/key", headers={**dict(request.headers.items()), "host": host})
    assert (answer.status_code, answer.content) == (200, b"x")


def test_access_points_of_others_are_no_ones_business(point: Point) -> None:
    given = {"AccountId": OWNER, "Name": point.name}
    for name in ("other", "user", "denied"):
        client = point.control.named(name)
        assert refusal(client.get_access_point, **given) == (403, "AccessDenied")
        assert refusal(client.delete_access_point, **given) == (403, "AccessDenied")
        assert refusal(client.list_access_points, AccountId=OWNER) == (403, "AccessDenied")
    anonymous = point.control.client("x", "x", signature_version=UNSIGNED)
    assert refusal(anonymous.get_access_point, **given) == (403, "AccessDenied")
    assert point.control.named("admin").get_access_point(**given)["Name"] == point.name
