"""Every operation of every model, with `RUSTSTACK_AUTH=enforce`: who may not is refused, in the service's own words."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from awskit.wire.model import load_model
from ruststack.control_signatures import control_headers
from ruststack.operations_table import MODELS as TABLES
from ruststack.operations_table import implemented_operations
from tests.access import OTHER, OWNER, Callers, access_environment, error_of
from tests.minimal_inputs import Named, minimal_input
from tests.processes import Running, running_fleet

MODELS = ("sqs", "sns", "dynamodb", "dynamodbstreams", "s3", "s3control", "sts")
# DeleteObjects is refused key by key; what is meant for an Object Lambda's own host does not come to S3 at all.
APART = {("s3", "DeleteObjects"), ("s3", "WriteGetObjectResponse")}
PACKAGES = {model: package for model, _, package in TABLES}
EVERYTHING = [(model, name) for model in MODELS for name in sorted(implemented_operations(model, PACKAGES[model]))]
CASES = [case for case in EVERYTHING if case not in APART]

UNSIGNED = {
    "s3": "AccessDenied",
    "sqs": "AccessDenied",
    **dict.fromkeys(("sns", "sts"), "MissingAuthenticationToken"),
    "dynamodb": "MissingAuthenticationTokenException",
}
WRONG = {
    **dict.fromkeys(("s3", "sqs", "sns", "sts"), "SignatureDoesNotMatch"),
    "dynamodb": "InvalidSignatureException",
}
DENIED = {
    "s3": "AccessDenied",
    "sqs": "AccessDenied",
    "sns": "AuthorizationError",
    "sts": "AccessDenied",
    "dynamodb": "AccessDeniedException",
}

OPEN = {
    ("sns", "ConfirmSubscription"),  # the token lets in
    ("sns", "Unsubscribe"),  # a link in a message, where the subscription does not ask for more
    *(("sts", name) for name in ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")),  # no provider of tokens is known
}
"""What needs no signature, as on AWS."""

OWN = {
    *(("sqs", name) for name in ("CreateQueue", "ListQueues")),
    *(("sns", name) for name in ("CreateTopic", "CreatePlatformApplication", "ListTopics", "ListSubscriptions")),
    *(("sns", name) for name in ("ListPlatformApplications", "ListOriginationNumbers", "ConfirmSubscription")),
    *(("sns", name) for name in load_model("sns").operations if "SMS" in name or "Phone" in name),
    *(("dynamodb", name) for name in load_model("dynamodb").operations if "Global" in name or "Execute" in name),
    *(("dynamodb", name) for name in ("DescribeEndpoints", "DescribeLimits", "ListTables", "ListBackups")),
    *(("dynamodb", name) for name in ("ListBulkOperations", "ListContributorInsights", "ListExports", "ListImports")),
    ("dynamodb", "ImportTable"),
    ("dynamodbstreams", "ListStreams"),
    *(("sts", name) for name in load_model("sts").operations if name != "AssumeRole"),
    *(("s3", name) for name in ("CreateBucket", "ListBuckets", "ListDirectoryBuckets", "WriteGetObjectResponse")),
}
"""What names nothing of another account: of the caller's own account anybody may ask."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("access")
    with running_fleet(folder, environment=access_environment(folder)) as running:
        s3 = Callers(running.url, "s3").named("owner")
        s3.create_bucket(Bucket=Named(OWNER).name)
        s3.put_object(Bucket=Named(OWNER).name, Key="key", Body=b"x")
        yield running


def words(codes: dict[str, str], model: str) -> str:
    return codes[{"dynamodbstreams": "dynamodb", "s3control": "s3"}.get(model, model)]


def refused(client: Any, model: str, operation: str, expected: dict[str, str]) -> tuple[str, str]:
    """The code and the text of the refusal."""
    with pytest.raises(ClientError) as caught:
        getattr(client, xform_name(operation))(**minimal_input(model, operation, Named(OWNER)))
    error = caught.value.response["Error"]
    if operation in ("HeadBucket", "HeadObject"):  # whose answers have no body
        return {"403": words(expected, model)}.get(error["Code"], ""), ""
    return error["Code"], error.get("Message", "")


@pytest.mark.parametrize(("model", "operation"), [case for case in CASES if case not in OPEN])
def test_nobody_gets_in_without_a_signature(fleet: Running, model: str, operation: str) -> None:
    client = Callers(fleet.url, model).anonymous
    assert refused(client, model, operation, UNSIGNED)[0] == words(UNSIGNED, model)


@pytest.mark.parametrize(("model", "operation"), [case for case in CASES if case[0] != "sts" or case not in OPEN])
def test_nobody_gets_in_with_a_wrong_secret(fleet: Running, model: str, operation: str) -> None:
    client = Callers(fleet.url, model).client("AKIAOWNER", "wrong")
    assert refused(client, model, operation, WRONG)[0] == words(WRONG, model)


@pytest.mark.parametrize(("model", "operation"), [case for case in CASES if case not in OWN])
def test_another_account_does_not_get_in(fleet: Running, model: str, operation: str) -> None:
    client = Callers(fleet.url, model).named("other")
    code, text = refused(client, model, operation, DENIED)
    assert code == words(DENIED, model)
    assert (
        model == "s3" or f"arn:aws:iam::{OTHER}:root is not authorized to perform: " in text or text == "Access Denied"
    )


NEEDS_NOTHING = OPEN - {("sns", "Unsubscribe")} | {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")}


@pytest.mark.parametrize(("model", "operation"), [case for case in CASES if case not in NEEDS_NOTHING])
def test_who_is_denied_by_a_policy_does_not_get_in(fleet: Running, model: str, operation: str) -> None:
    client = Callers(fleet.url, model).named("denied")
    code, text = refused(client, model, operation, DENIED)
    assert code == words(DENIED, model)
    assert operation.startswith("Head") or text.endswith("with an explicit deny in an identity-based policy")


@pytest.mark.parametrize("name", ["other", "denied", "anonymous"])
def test_deleting_objects_is_refused_key_by_key(fleet: Running, name: str) -> None:
    callers = Callers(fleet.url, "s3")
    client = callers.anonymous if name == "anonymous" else callers.named(name)
    answer = client.delete_objects(Bucket=Named(OWNER).name, Delete={"Objects": [{"Key": "key"}]})
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("key", "AccessDenied")]
    assert "Deleted" not in answer


def test_the_sessions_of_roles_work_everywhere(fleet: Running) -> None:
    sts = Callers(fleet.url, "sts").named("other")
    assert Callers(fleet.url, "sts").named("user").get_caller_identity()["Arn"] == f"arn:aws:iam::{OWNER}:user/user"
    role = f"arn:aws:iam::{OWNER}:role/deploy"
    answer = sts.assume_role(RoleArn=role, RoleSessionName="ci")["Credentials"]
    session = (answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    who = Callers(fleet.url, "sts").client(*session).get_caller_identity()
    assert (who["Account"], who["Arn"]) == (OWNER, f"arn:aws:sts::{OWNER}:assumed-role/deploy/ci")
    assert Callers(fleet.url, "s3").client(*session).get_object(Bucket=Named(OWNER).name, Key="key")["Body"].read()
    assert Callers(fleet.url, "sqs").client(*session).create_queue(QueueName="of-a-session")["QueueUrl"]
    assert Callers(fleet.url, "sns").client(*session).create_topic(Name="of-a-session")["TopicArn"]
    assert "TableNames" in Callers(fleet.url, "dynamodb").client(*session).list_tables()
    forged = (answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"][:-8] + "AAAAAAA=")
    assert error_of(Callers(fleet.url, "s3").client(*forged).list_buckets)[:2] == (400, "InvalidToken")
    assert error_of(Callers(fleet.url, "sqs").client(*forged).list_queues)[1] == "InvalidClientTokenId"


def test_a_session_policy_bounds_a_session(fleet: Running) -> None:
    sts = Callers(fleet.url, "sts").named("admin")
    policy = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}}'
    role = f"arn:aws:iam::{OWNER}:role/deploy"
    answer = sts.assume_role(RoleArn=role, RoleSessionName="ci", Policy=policy)["Credentials"]
    session = (answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    Callers(fleet.url, "sqs").client(*session).list_queues()
    code, text = error_of(Callers(fleet.url, "dynamodb").client(*session).list_tables)[1:]
    assert (code, text.endswith("because no session policy allows the dynamodb:ListTables action")) == (
        "AccessDeniedException",
        True,
    )
    assert error_of(sts.assume_role, RoleArn=f"{role}2", RoleSessionName="ci")[1] == "AccessDenied"
    assert error_of(Callers(fleet.url, "sts").client(*session).get_session_token)[1] == "AccessDenied"


def test_topics_and_buckets_deliver_where_a_policy_lets_them(fleet: Running) -> None:
    sqs, sns, s3 = (Callers(fleet.url, service).named("owner") for service in ("sqs", "sns", "s3"))
    queue = sqs.create_queue(QueueName="delivered")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{OWNER}:delivered"
    topic = sns.create_topic(Name="delivering")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    notification = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    given = {"Bucket": Named(OWNER).name, "NotificationConfiguration": notification}
    sns.publish(TopicArn=topic, Message="refused")
    assert error_of(s3.put_bucket_notification_configuration, **given)[1] == "InvalidArgument"

    def let_in(service: str, source: str, account: str) -> None:
        condition = {"ArnLike": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": account}}
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": arn}
        policy = {"Version": "2012-10-17", "Statement": {**statement, "Condition": condition}}
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})

    let_in("sns.amazonaws.com", topic, OTHER)
    sns.publish(TopicArn=topic, Message="of another account")
    let_in("sns.amazonaws.com", topic, OWNER)
    sns.publish(TopicArn=topic, Message="let in")
    received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in received] == ["let in"]
    let_in("s3.amazonaws.com", f"arn:aws:s3:::{Named(OWNER).name}", OWNER)
    s3.put_bucket_notification_configuration(**given)
    received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5, MaxNumberOfMessages=10)["Messages"]
    assert "s3:TestEvent" in received[0]["Body"]


def test_control_paths_are_signed(fleet: Running) -> None:
    for path in ("/_ruststack/health", "/_localstack/health", "/metrics", "/_ruststack/ca.pem"):
        assert httpx.get(fleet.url + path).status_code == 200
    for path in ("/_ruststack/clock", "/_localstack/info", "/_aws/sqs/messages", "/_aws/sns/deliveries"):
        assert httpx.get(fleet.url + path).status_code == 403
    assert httpx.post(f"{fleet.url}/_ruststack/reset?service=sqs").status_code == 403
    host = httpx.URL(fleet.url).netloc.decode()
    for key, secret, status in (
        ("AKIAOWNER", "owner/secret+", 200),
        ("AKIAOWNER", "x", 403),
        ("AKIAUSER", "user", 403),
    ):
        environ = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
        for target in ("/_ruststack/clock", "/_aws/sns/deliveries?accountId=111122223333"):
            headers = control_headers("GET", target, host, environ)
            assert httpx.get(fleet.url + target, headers=headers).status_code == status, (key, target)


def test_a_job_asks_with_the_session_that_began_it(fleet: Running) -> None:
    sts = Callers(fleet.url, "sts").named("admin")
    answer = sts.assume_role(RoleArn=f"arn:aws:iam::{OWNER}:role/deploy", RoleSessionName="ci")["Credentials"]
    session = (answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    dynamodb = Callers(fleet.url, "dynamodb").client(*session)
    dynamodb.create_table(
        TableName="exported",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    recovery = {"PointInTimeRecoveryEnabled": True}
    dynamodb.update_continuous_backups(TableName="exported", PointInTimeRecoverySpecification=recovery)
    table = Named(OWNER, name="exported").table
    begun = dynamodb.export_table_to_point_in_time(TableArn=table, S3Bucket=Named(OWNER).name)["ExportDescription"]
    deadline = time.monotonic() + 30
    while begun["ExportStatus"] == "IN_PROGRESS" and time.monotonic() < deadline:
        time.sleep(0.05)
        begun = dynamodb.describe_export(ExportArn=begun["ExportArn"])["ExportDescription"]
    assert begun["ExportStatus"] == "COMPLETED", begun
