"""Multi-Region Access Points: made by requests that are answered later, routed between regions; objects by them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import httpx
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from tests.access import OTHER, OWNER, Callers, access_environment
from tests.processes import Running, running_service
from tests.services.s3.access_points.conftest import at_hosts
from tests.services.s3.conftest import read, refusal

NEAR, FAR = "eu-west-1", "us-west-2"
BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass
class Account:
    """An account with a bucket in each of two regions, and a Multi-Region Access Point of both."""

    service: Running
    id: str
    buckets: dict[str, str]
    name: str = "everywhere"

    @property
    def control(self) -> Any:
        return at_hosts(self.service, "s3control", account_id=self.id, region_name="us-west-2")

    def s3(self, region: str) -> Any:
        return self.service.client("s3", account_id=self.id, region_name=region)

    def ask(self, operation: str, **details: Any) -> dict[str, Any]:
        """Ask for it, and wait until it is done, as clients do."""
        given = {"AccountId": self.id, "ClientToken": uuid.uuid4().hex, "Details": {"Name": self.name, **details}}
        token = getattr(self.control, operation)(**given)["RequestTokenARN"]
        done: dict[str, Any] = {}
        while done.get("RequestStatus") != "SUCCEEDED":
            asked = self.control.describe_multi_region_access_point_operation(AccountId=self.id, RequestTokenARN=token)
            done = asked["AsyncOperation"]
        return done

    @property
    def shown(self) -> dict[str, Any]:
        answer = self.control.get_multi_region_access_point(AccountId=self.id, Name=self.name)
        point: dict[str, Any] = answer["AccessPoint"]
        return point

    @property
    def arn(self) -> str:
        return f"arn:aws:s3::{self.id}:accesspoint/{self.shown['Alias']}"


@pytest.fixture
def account(s3_service: Running) -> Iterator[Account]:
    made = Account(s3_service, str(uuid.uuid4().int)[:12], {})
    for region in (NEAR, FAR):
        made.buckets[region] = f"in-{region}-{made.id}"
        made.s3(region).create_bucket(
            Bucket=made.buckets[region], CreateBucketConfiguration={"LocationConstraint": region}
        )
        made.s3(region).put_object(Bucket=made.buckets[region], Key="where", Body=region.encode())
    made.ask("create_multi_region_access_point", Regions=[{"Bucket": name} for name in made.buckets.values()])
    yield made


def test_what_is_created_is_shown(account: Account) -> None:
    shown = account.shown
    assert (shown["Name"], shown["Status"]) == ("everywhere", "READY")
    assert shown["Alias"].endswith(".mrap")
    assert shown["PublicAccessBlock"] == dict.fromkeys(BLOCKED, True)
    assert [(region["Region"], region["Bucket"]) for region in shown["Regions"]] == list(account.buckets.items())
    listed = account.control.list_multi_region_access_points(AccountId=account.id)["AccessPoints"]
    assert [point["Name"] for point in listed] == ["everywhere"]


def test_how_a_request_stands(account: Account) -> None:
    given = {"AccountId": account.id, "ClientToken": "mine"}
    policy = policy_of(account.arn, account.id)
    details = {"Name": account.name, "Policy": policy}
    token = account.control.put_multi_region_access_point_policy(**given, Details=details)["RequestTokenARN"]
    again = account.control.put_multi_region_access_point_policy(**given, Details=details)["RequestTokenARN"]
    assert token == again
    other = {"Name": account.name, "Policy": policy_of(account.arn, "*")}
    refused = refusal(account.control.put_multi_region_access_point_policy, **given, Details=other)
    assert refused == (400, "InvalidRequest")
    assert token.startswith(f"arn:aws:s3:us-west-2:{account.id}:async-request/mrap/put-policy/")
    asked = account.control.describe_multi_region_access_point_operation(AccountId=account.id, RequestTokenARN=token)
    operation = asked["AsyncOperation"]
    assert operation["Operation"] == "PutMultiRegionAccessPointPolicy"
    assert operation["RequestParameters"] == {"PutMultiRegionAccessPointPolicyRequest": details}
    regions = operation["ResponseDetails"]["MultiRegionAccessPointDetails"]["Regions"]
    assert regions == [{"Name": region, "RequestStatus": "SUCCEEDED"} for region in account.buckets]
    none = {"AccountId": account.id, "RequestTokenARN": f"{token}x"}
    refused = refusal(account.control.describe_multi_region_access_point_operation, **none)
    assert refused == (404, "NoSuchAsyncRequest")


def policy_of(arn: str, principal: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "s3:GetObject"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, "Resource": f"{arn}/object/*"}]})


def test_a_policy(account: Account) -> None:
    named = {"AccountId": account.id, "Name": account.name}
    assert account.control.get_multi_region_access_point_policy(**named)["Policy"] == {}
    text = policy_of(account.arn, account.id)
    account.ask("put_multi_region_access_point_policy", Policy=text)
    found = account.control.get_multi_region_access_point_policy(**named)["Policy"]
    assert found["Established"]["Policy"] == text
    status = account.control.get_multi_region_access_point_policy_status(**named)["Established"]
    assert status == {"IsPublic": False}


def test_routes(account: Account) -> None:
    """A region that is taken out of the traffic, and brought back."""
    alias, given = account.shown["Alias"], {"AccountId": account.id, "Mrap": account.arn}
    near, far = account.s3(NEAR), account.s3(FAR)
    assert (read(near, alias, "where"), read(far, alias, "where")) == (NEAR.encode(), FAR.encode())

    def dial(region: str, percentage: int) -> None:
        update = {"Bucket": account.buckets[region], "Region": region, "TrafficDialPercentage": percentage}
        account.control.submit_multi_region_access_point_routes(**given, RouteUpdates=[update])

    dial(NEAR, 0)
    assert read(near, alias, "where") == FAR.encode()
    near.put_object(Bucket=alias, Key="new", Body=b"x")
    assert read(far, account.buckets[FAR], "new") == b"x"
    routes = account.control.get_multi_region_access_point_routes(**given)["Routes"]
    assert [(route["Region"], route["TrafficDialPercentage"]) for route in routes] == [(NEAR, 0), (FAR, 100)]
    update = [{"Region": FAR, "TrafficDialPercentage": 0}]
    submit = account.control.submit_multi_region_access_point_routes
    assert refusal(submit, **given, RouteUpdates=update) == (400, "InvalidRequest")
    dial(NEAR, 100)
    assert read(near, alias, "where") == NEAR.encode()


def test_by_its_arn(account: Account) -> None:
    """boto3 sends it to AWS's own host, signed by version 4a: here, the service stands behind that name."""
    client = account.s3(NEAR)
    client.meta.events.register("before-send.s3", reaching(account.service))
    found = client.get_object(Bucket=account.arn, Key="where")
    assert found["ContentLength"] == len(NEAR)
    for host in (
        f"{account.shown['Alias']}.accesspoint.s3-global.{end}" for end in ("amazonaws.com", "localhost:4566")
    ):
        assert httpx.get(f"{account.service.url}/where", headers={"host": host}).text == NEAR


def reaching(service: Running) -> Callable[..., AWSResponse]:
    """What sends a client's requests to the service, whatever host they are for."""

    def reach(request: Any, **_: Any) -> AWSResponse:
        parts = urlsplit(request.url)
        given = request.headers.items()
        headers = {name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in given}
        target = f"{service.url}{parts.path}?{parts.query}" if parts.query else f"{service.url}{parts.path}"
        answer = httpx.request(request.method, target, headers={**headers, "host": parts.netloc}, content=request.body)
        return AWSResponse(request.url, answer.status_code, answer.headers, Raw(answer.content))

    return reach


class Raw:
    """A body, as botocore's answers have it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._content

    def read(self, *_: Any) -> bytes:
        content, self._content = self._content, b""
        return content


def test_what_cannot_be_created(account: Account) -> None:
    def create(name: str, *buckets: str) -> tuple[int, str]:
        regions = [{"Bucket": bucket} for bucket in buckets]
        details = {"Name": name, "Regions": regions}
        given = {"AccountId": account.id, "ClientToken": uuid.uuid4().hex, "Details": details}
        return refusal(account.control.create_multi_region_access_point, **given)

    near = account.buckets[NEAR]
    assert create("everywhere", near) == (409, "MultiRegionAccessPointAlreadyOwnedByYou")
    assert create("other", f"{near}-none") == (404, "NoSuchBucket")
    twice = f"{near}-2"
    account.s3(NEAR).create_bucket(Bucket=twice, CreateBucketConfiguration={"LocationConstraint": NEAR})
    assert create("other", near, twice) == (400, "MultiRegionAccessPointSameBucketRegion")


def test_what_is_deleted_is_gone(account: Account) -> None:
    alias = account.shown["Alias"]
    near = account.s3(NEAR)
    near.delete_object(Bucket=account.buckets[NEAR], Key="where")
    assert refusal(near.delete_bucket, Bucket=account.buckets[NEAR]) == (400, "BucketHasAccessPointsAttached")
    account.ask("delete_multi_region_access_point")
    gone = (404, "NoSuchMultiRegionAccessPoint")
    named = {"AccountId": account.id, "Name": account.name}
    assert refusal(account.control.get_multi_region_access_point, **named) == gone
    assert refusal(near.get_object, Bucket=alias, Key="where") == gone
    near.delete_bucket(Bucket=account.buckets[NEAR])


def test_both_policies_decide(tmp_path_factory: pytest.TempPathFactory) -> None:
    """With signatures of version 4a, which are verified."""
    folder = tmp_path_factory.mktemp("multi-region-enforce")
    with running_service("s3", folder, environment=access_environment(folder)) as service:
        owner, bucket = Callers(service.url, "s3").named("owner"), "of-owner"
        owner.create_bucket(Bucket=bucket)
        owner.put_object(Bucket=bucket, Key="where", Body=b"x")
        control = Callers(service.url, "s3control").named("owner")

        def ask(operation: str, **details: Any) -> None:
            given = {"ClientToken": uuid.uuid4().hex, "Details": {"Name": "everywhere", **details}}
            getattr(control, operation)(AccountId=OWNER, **given)

        ask("create_multi_region_access_point", Regions=[{"Bucket": bucket}])
        shown = control.get_multi_region_access_point(AccountId=OWNER, Name="everywhere")["AccessPoint"]
        arn = f"arn:aws:s3::{OWNER}:accesspoint/{shown['Alias']}"

        def get(name: str, secret: str) -> Any:
            session = boto3.session.Session(f"AKIA{name}", secret, region_name="us-east-1")
            client = session.client("s3", config=Config(retries={"total_max_attempts": 1}))
            client.meta.events.register("before-send.s3", reaching(service))
            return client.get_object(Bucket=arn, Key="where")

        get("OWNER", "owner/secret+")
        assert refusal(get, name="OWNER", secret="wrong") == (403, "SignatureDoesNotMatch")
        assert refusal(get, name="OTHER", secret="other") == (403, "AccessDenied")
        ask("put_multi_region_access_point_policy", Policy=policy_of(arn, OTHER))
        assert refusal(get, name="OTHER", secret="other") == (403, "AccessDenied")
        bucket_arn = f"arn:aws:s3:::{bucket}"
        statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": [bucket_arn, f"{bucket_arn}/*"]}
        condition = {"StringEquals": {"s3:DataAccessPointAccount": OWNER}}
        delegated = {"Version": "2012-10-17", "Statement": [{**statement, "Condition": condition}]}
        owner.put_bucket_policy(Bucket=bucket, Policy=json.dumps(delegated))
        get("OTHER", "other")
