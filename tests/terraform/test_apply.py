"""The real AWS provider, by Terraform or OpenTofu: apply, plan, change, import, destroy of every kind of resource."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.pages import read_page, type_page
from tests.processes import REGION, Running
from tests.terraform.configured import Configured, cli_configuration
from tests.terraform.provider import VERSION

pytestmark = [
    pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform on this machine"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the wheel has the provider for x86_64 Linux only"),
    pytest.mark.timeout(900),
]

Make = Callable[..., Configured]
_STATE = "folder/state"
REGIONS = ("us-east-1", "us-west-2", "eu-west-1")


@pytest.fixture
def configured(tmp_path: Path, fleet: Running, account_id: str) -> Iterator[Make]:
    def make(configuration: str, *, virtual_hosts: bool = False, program: str = "terraform") -> Configured:
        return Configured(program, configuration, tmp_path, fleet, account_id, virtual_hosts=virtual_hosts)

    yield make
    shutil.rmtree(tmp_path / ".terraform", ignore_errors=True)


@pytest.fixture
def client(fleet: Running, account_id: str) -> Callable[..., Any]:
    return lambda service, region=REGION: fleet.client(service, account_id=account_id, region_name=region)


def expect_nothing(client: Callable[[str], Any]) -> None:
    """The account has no bucket, table, queue, topic, subscription or platform application."""
    assert client("s3").list_buckets()["Buckets"] == []
    assert client("dynamodb").list_tables()["TableNames"] == []
    assert "QueueUrls" not in client("sqs").list_queues()
    sns = client("sns")
    assert sns.list_topics()["Topics"] == []
    assert sns.list_subscriptions()["Subscriptions"] == []
    assert sns.list_platform_applications()["PlatformApplications"] == []


def test_global_tables(configured: Make, client: Callable[..., Any]) -> None:
    terraform = configured("global_tables")
    terraform.init()
    added, changed, destroyed = terraform.apply()
    assert (added > 0, changed, destroyed) == (True, 0, 0)
    terraform.plan_nothing()
    tables = {region: client("dynamodb", region).list_tables()["TableNames"] for region in REGIONS}
    assert {region: len(names) for region, names in tables.items()} == {"us-east-1": 2, "us-west-2": 2, "eu-west-1": 1}
    _, changed, destroyed = terraform.apply(changed=True)
    assert (changed, destroyed) == (2, 0)
    terraform.plan_nothing(changed=True)
    terraform.destroy()
    for region in REGIONS:
        assert client("dynamodb", region).list_tables()["TableNames"] == []


@pytest.mark.parametrize(
    ("configuration", "virtual_hosts"),
    [("s3", False), ("s3", True), ("dynamodb", False), ("messaging", False), ("many", True)],
    ids=["s3", "s3 by virtual hosts", "dynamodb", "sqs and sns", "count, for_each, modules"],
)
def test_apply_change_import_and_destroy(
    configured: Make, client: Callable[[str], Any], configuration: str, virtual_hosts: bool
) -> None:
    terraform = configured(configuration, virtual_hosts=virtual_hosts)
    terraform.init()
    added, changed, destroyed = terraform.apply()
    assert added
    assert (changed, destroyed) == (0, 0)
    terraform.plan_nothing()
    added, changed, destroyed = terraform.apply(changed=True)
    assert changed
    assert (added, destroyed) == (0, 0), "what was changed has been changed in place"
    terraform.plan_nothing(changed=True)
    if configuration != "many" and not virtual_hosts:
        terraform.import_again()
        added, _, destroyed = terraform.apply(changed=True)
        assert (added, destroyed) == (0, 0)
        terraform.plan_nothing(changed=True)
    terraform.destroy()
    expect_nothing(client)


@pytest.mark.parametrize("program", ["terraform", "tofu"])
def test_an_application(configured: Make, client: Callable[[str], Any], program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"no {program} on this machine")
    terraform = configured("stack", program=program)
    terraform.init()
    terraform.apply()
    terraform.plan_nothing()
    outputs, prefix = terraform.outputs(), terraform.prefix
    client("s3").put_object(Bucket=f"{prefix}-uploads", Key="in/picture.png", Body=b"picture")
    client("s3").put_object(Bucket=f"{prefix}-uploads", Key="out/picture.png", Body=b"picture")
    sqs = client("sqs")
    keys: list[str] = []
    while "in/picture.png" not in keys:  # S3 sends a test event, too
        (message,) = sqs.receive_message(QueueUrl=outputs["thumbnails"], WaitTimeSeconds=20)["Messages"]
        keys += [record["s3"]["object"]["key"] for record in json.loads(message["Body"]).get("Records", [])]
        sqs.delete_message(QueueUrl=outputs["thumbnails"], ReceiptHandle=message["ReceiptHandle"])
    assert keys == ["in/picture.png"]
    kinds = {"kind": {"DataType": "String", "StringValue": "order"}}
    client("sns").publish(TopicArn=outputs["topic"], Message="an order", MessageAttributes=kinds)
    (message,) = sqs.receive_message(QueueUrl=outputs["orders"], WaitTimeSeconds=20)["Messages"]
    assert json.loads(message["Body"])["Message"] == "an order"
    assert terraform.apply(changed=True)[0::2] == (0, 0)
    terraform.plan_nothing(changed=True)
    terraform.destroy()  # the bucket has objects
    expect_nothing(client)


@pytest.mark.parametrize("locked_by", ["a table", "a lock file"])
def test_state_in_a_bucket(
    configured: Make, client: Callable[[str], Any], fleet: Running, account_id: str, tmp_path: Path, locked_by: str
) -> None:
    bucket, table = f"state-{account_id}", f"locks-{account_id}"
    s3, dynamodb = client("s3"), client("dynamodb")
    s3.create_bucket(Bucket=bucket)
    dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
    )
    terraform = configured("backend")
    endpoints = dict.fromkeys(("dynamodb", "iam", "s3", "sts"), fleet.url)
    settings = {"bucket": bucket, "access_key": account_id, "secret_key": "test", "use_path_style": True}
    settings |= {"dynamodb_table": table} if locked_by == "a table" else {"use_lockfile": True}
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    (tmp_path / "settings.hcl").write_text("\n".join([*lines, f"endpoints = {json.dumps(endpoints)}"]))
    terraform.init("-backend-config=settings.hcl")
    assert terraform.apply() == (1, 0, 0)
    state = json.loads(s3.get_object(Bucket=bucket, Key=_STATE)["Body"].read())
    assert state["resources"]
    lock = json.dumps({"ID": "1", "Operation": "apply", "Who": "somebody else", "Created": "2026-01-01T00:00:00Z"})
    if locked_by == "a table":
        item = {"LockID": {"S": f"{bucket}/{_STATE}"}, "Info": {"S": lock}}
        dynamodb.put_item(TableName=table, Item=item)
    else:
        s3.put_object(Bucket=bucket, Key=f"{_STATE}.tflock", Body=lock)
    said = terraform.run("plan", "-input=false", "-lock-timeout=0s", expected=1)
    assert "Error acquiring the state lock" in said
    assert "somebody else" in said
    dynamodb.delete_item(TableName=table, Key={"LockID": {"S": f"{bucket}/{_STATE}"}})
    s3.delete_object(Bucket=bucket, Key=f"{_STATE}.tflock")
    terraform.run("workspace", "new", "other")
    terraform.run("workspace", "select", "default")
    assert terraform.apply(changed=True) == (0, 1, 0)
    terraform.destroy()
    kept = {found["Key"] for found in s3.list_objects_v2(Bucket=bucket)["Contents"]}
    assert kept == {_STATE, f"env:/other/{_STATE}"}


def test_the_page(fleet: Running, tmp_path: Path) -> None:
    """As it stands there, but for what provider 3 calls otherwise, which is the one that a package index has."""
    page = read_page("terraform")
    text = page.files["main.tf"].replace("6.34.0", VERSION).replace("s3_use_path_style ", "s3_force_path_style ")
    page.files["main.tf"] = text.replace("skip_metadata_api_check ", "skip_get_ec2_platforms ")
    printed = type_page(page, tmp_path, fleet, TF_CLI_CONFIG_FILE=str(cli_configuration(tmp_path)))
    shutil.rmtree(tmp_path / ".terraform")
    assert printed.strip() == page.printed.strip().replace("4566", str(fleet.port))
