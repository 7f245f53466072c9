"""Access points of S3 Control: made, shown, listed, tagged, given a policy, deleted."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from tests.processes import ACCOUNT_ID, Running
from tests.services.s3.access_points.conftest import at_hosts
from tests.services.s3.conftest import error_of, refusal

BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def named(point: dict[str, Any]) -> dict[str, str]:
    return {"AccountId": ACCOUNT_ID, "Name": point["Name"]}


def test_what_is_created_is_shown(control: Any, bucket: str, point: dict[str, Any]) -> None:
    name = point["Name"]
    assert point["AccessPointArn"] == f"arn:aws:s3:us-east-1:{ACCOUNT_ID}:accesspoint/{name}"
    assert re.fullmatch(rf"{name[:20].rstrip('-')}-[a-z0-9]{{34}}-s3alias", point["Alias"])
    assert len(point["Alias"]) <= 63
    found = control.get_access_point(**named(point))
    assert found.pop("CreationDate").year >= 2026
    found.pop("ResponseMetadata")
    assert found == {
        "Name": name,
        "Bucket": bucket,
        "NetworkOrigin": "Internet",
        "PublicAccessBlockConfiguration": dict.fromkeys(BLOCKED, True),
        "Alias": point["Alias"],
        "AccessPointArn": point["AccessPointArn"],
        "BucketAccountId": ACCOUNT_ID,
        "Endpoints": {
            "ipv4": "s3-accesspoint.us-east-1.amazonaws.com",
            "fips": "s3-accesspoint-fips.us-east-1.amazonaws.com",
            "fips_dualstack": "s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com",
            "dualstack": "s3-accesspoint.dualstack.us-east-1.amazonaws.com",
        },
    }
    again = error_of(control.create_access_point, **named(point), Bucket=bucket)
    assert again["Code"] == "AccessPointAlreadyOwnedByYou"
    assert control.delete_access_point(**named(point))["ResponseMetadata"]["HTTPStatusCode"] == 204
    gone = error_of(control.get_access_point, **named(point))
    assert (gone["Code"], gone["Message"]) == ("NoSuchAccessPoint", "The specified accesspoint does not exist")
    assert refusal(control.delete_access_point, **named(point)) == (404, "NoSuchAccessPoint")


def test_a_vpc_and_what_is_blocked(control: Any, bucket: str) -> None:
    given = {"AccountId": ACCOUNT_ID, "Name": f"vpc-{bucket[-12:]}"}
    block = {"BlockPublicAcls": True}
    control.create_access_point(
        **given, Bucket=bucket, VpcConfiguration={"VpcId": "vpc-1a2b3c"}, PublicAccessBlockConfiguration=block
    )
    found = control.get_access_point(**given)
    assert (found["NetworkOrigin"], found["VpcConfiguration"]) == ("VPC", {"VpcId": "vpc-1a2b3c"})
    assert found["PublicAccessBlockConfiguration"] == {**dict.fromkeys(BLOCKED, False), **block}


@pytest.mark.parametrize("name", ["Upper", "under_score", "-first", "last-", "a.b", "is-s3alias", "a" * 51])
def test_a_name_that_cannot_be(control: Any, bucket: str, name: str) -> None:
    given = {"AccountId": ACCOUNT_ID, "Name": name, "Bucket": bucket}
    assert refusal(control.create_access_point, **given) == (400, "InvalidAccessPoint")


def test_what_bucket_it_may_be_at(control: Any, s3_service: Running, bucket: str) -> None:
    given = {"AccountId": ACCOUNT_ID, "Name": f"of-{bucket[-12:]}"}
    assert refusal(control.create_access_point, **given, Bucket=f"{bucket}-none") == (404, "NoSuchBucket")
    other = at_hosts(s3_service, "s3control", account_id="333333333333")
    foreign = {"AccountId": "333333333333", "Name": given["Name"], "Bucket": bucket}
    assert refusal(other.create_access_point, **foreign) == (403, "AccessDenied")
    other.create_access_point(**foreign, BucketAccountId=ACCOUNT_ID)
    assert other.list_access_points(AccountId="333333333333")["AccessPointList"][0]["BucketAccountId"] == ACCOUNT_ID
    elsewhere = at_hosts(s3_service, "s3control", account_id=ACCOUNT_ID, region_name="eu-west-1")
    assert refusal(elsewhere.create_access_point, **given, Bucket=bucket) == (400, "InvalidRequest")


def test_a_bucket_with_access_points_stays(s3: Any, control: Any, bucket: str, point: dict[str, Any]) -> None:
    assert refusal(s3.delete_bucket, Bucket=bucket) == (400, "BucketHasAccessPointsAttached")
    control.delete_access_point(**named(point))
    s3.delete_bucket(Bucket=bucket)


def test_lists_are_paged_and_of_one_bucket(s3: Any, control: Any, bucket: str) -> None:
    names = [f"page-{bucket[-12:]}-{number}" for number in range(5)]
    for name in reversed(names):
        control.create_access_point(AccountId=ACCOUNT_ID, Name=name, Bucket=bucket)
    pages: list[Any] = []
    token: dict[str, str] = {}
    while not pages or "NextToken" in pages[-1]:
        pages.append(control.list_access_points(AccountId=ACCOUNT_ID, Bucket=bucket, MaxResults=2, **token))
        token = {"NextToken": pages[-1].get("NextToken", "")}
    assert [[found["Name"] for found in page["AccessPointList"]] for page in pages] == [
        names[:2],
        names[2:4],
        names[4:],
    ]
    all_of_them = {found["Name"] for found in control.list_access_points(AccountId=ACCOUNT_ID)["AccessPointList"]}
    assert set(names) <= all_of_them
    assert control.list_access_points(AccountId=ACCOUNT_ID, Bucket=f"{bucket}-none")["AccessPointList"] == []
    refused = error_of(control.list_access_points, AccountId=ACCOUNT_ID, NextToken="*")
    assert refused["Code"] == "InvalidArgument"


def test_tags(control: Any, bucket: str) -> None:
    name = f"tags-{bucket[-12:]}"
    tags = [{"Key": "a", "Value": "1"}]
    arn = control.create_access_point(AccountId=ACCOUNT_ID, Name=name, Bucket=bucket, Tags=tags)["AccessPointArn"]
    given = {"AccountId": ACCOUNT_ID, "ResourceArn": arn}
    assert control.list_tags_for_resource(**given)["Tags"] == tags
    control.tag_resource(**given, Tags=[{"Key": "b", "Value": "2"}])
    control.untag_resource(**given, TagKeys=["a"])
    assert control.list_tags_for_resource(**given)["Tags"] == [{"Key": "b", "Value": "2"}]
    none = {**given, "ResourceArn": f"{arn}-none"}
    assert refusal(control.list_tags_for_resource, **none) == (404, "NoSuchAccessPoint")


def policy_of(point: dict[str, Any], principal: Any, **further: Any) -> str:
    arn = point["AccessPointArn"]
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": f"{arn}/object/*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **further}]})


def test_a_policy(control: Any, bucket: str, point: dict[str, Any]) -> None:
    assert refusal(control.get_access_point_policy, **named(point)) == (404, "NoSuchAccessPointPolicy")
    assert refusal(control.get_access_point_policy_status, **named(point)) == (404, "NoSuchAccessPointPolicy")
    text = policy_of(point, {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"})
    control.put_access_point_policy(**named(point), Policy=text)
    assert control.get_access_point_policy(**named(point))["Policy"] == text
    assert control.get_access_point_policy_status(**named(point))["PolicyStatus"] == {"IsPublic": False}
    refused = error_of(control.put_access_point_policy, **named(point), Policy=policy_of(point, "*"))
    assert refused["Code"] == "AccessDenied"
    assert "BlockPublicPolicy" in refused["Message"]
    control.delete_access_point_policy(**named(point))
    assert refusal(control.get_access_point_policy, **named(point)) == (404, "NoSuchAccessPointPolicy")


@pytest.mark.parametrize(
    "further",
    [
        {"Resource": "arn:aws:s3:::bucket/*"},
        {"Action": "sqs:SendMessage"},
        {"Action": "s3:ListBucket"},
        {"Action": "s3:GetObject", "Resource": "arn:aws:s3:us-east-1:000000000000:accesspoint/other/object/*"},
    ],
)
def test_a_policy_that_is_none(control: Any, point: dict[str, Any], further: dict[str, Any]) -> None:
    text = policy_of(point, {"AWS": ACCOUNT_ID}, **further)
    assert refusal(control.put_access_point_policy, **named(point), Policy=text) == (400, "MalformedPolicy")


def test_a_public_policy_where_nothing_is_blocked(s3: Any, control: Any, bucket: str) -> None:
    name = f"public-{bucket[-12:]}"
    block = dict.fromkeys(BLOCKED, False)
    s3.delete_public_access_block(Bucket=bucket)
    made = control.create_access_point(
        AccountId=ACCOUNT_ID, Name=name, Bucket=bucket, PublicAccessBlockConfiguration=block
    )
    point = {**made, "Name": name}
    control.put_access_point_policy(**named(point), Policy=policy_of(point, "*"))
    assert control.get_access_point_policy_status(**named(point))["PolicyStatus"] == {"IsPublic": True}


def test_scopes_are_of_directory_buckets(control: Any, point: dict[str, Any]) -> None:
    scope = {"Prefixes": ["a/"], "Permissions": ["GetObject"]}
    assert refusal(control.put_access_point_scope, **named(point), Scope=scope) == (400, "InvalidRequest")
    assert refusal(control.get_access_point_scope, **named(point)) == (400, "InvalidRequest")
    assert refusal(control.delete_access_point_scope, **named(point)) == (400, "InvalidRequest")


def test_a_reset_takes_them_away(s3_service: Running, http: httpx.Client, unique_name: str) -> None:
    account = "444444444444"
    s3_service.client("s3", account_id=account).create_bucket(Bucket=unique_name)
    control = at_hosts(s3_service, "s3control", account_id=account)
    control.create_access_point(AccountId=account, Name="point", Bucket=unique_name)
    assert http.post("/_ruststack/reset", params={"account": account}).status_code == 200
    assert control.list_access_points(AccountId=account)["AccessPointList"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "MissingRequestBodyError"),
        ("<CreateAccessPointRequest/>", "MalformedXML"),
        (
            "<CreateAccessPointRequest><Bucket>b</Bucket><Tags><Tag><Key>a</Key></Tag></Tags></CreateAccessPointRequest>",
            "MalformedXML",
        ),
    ],
)
def test_a_document_without_what_it_needs(http: httpx.Client, body: str, code: str) -> None:
    headers = {"x-amz-account-id": ACCOUNT_ID, "Host": "s3-control.localhost"}
    answer = http.put("/v20180820/accesspoint/some-name", content=body, headers=headers)
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (400, True), answer.text
