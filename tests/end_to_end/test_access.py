"""Every operation of every model, with `RUSTSTACK_AUTH=enforce`: who may not is refused, in the service's own words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from awskit.wire.model import load_model
from tests.access import OTHER, OWNER, Callers, access_environment
from tests.minimal_inputs import Named, minimal_input
from tests.processes import Running, running_fleet

MODELS = ("sqs", "sns", "dynamodb", "dynamodbstreams", "s3", "s3control")
# DeleteObjects is refused key by key; what is meant for an Object Lambda's own host does not come to S3 at all.
APART = {("s3", "DeleteObjects"), ("s3", "WriteGetObjectResponse")}
EVERYTHING = [(model, name) for model in MODELS for name in sorted(load_model(model).operations)]
CASES = [case for case in EVERYTHING if case not in APART]

UNSIGNED = {
    "s3": "AccessDenied",
    "sqs": "AccessDenied",
    "sns": "MissingAuthenticationToken",
    "dynamodb": "MissingAuthenticationTokenException",
}
WRONG = {
    **dict.fromkeys(("s3", "sqs", "sns"), "SignatureDoesNotMatch"),
    "dynamodb": "InvalidSignatureException",
}
DENIED = {
    "s3": "AccessDenied",
    "sqs": "AccessDenied",
    "sns": "AuthorizationError",
    "dynamodb": "AccessDeniedException",
}

OPEN = {
    ("sns", "ConfirmSubscription"),  # the token lets in
    ("sns", "Unsubscribe"),  # a link in a message, where the subscription does not ask for more
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


@pytest.mark.parametrize(("model", "operation"), CASES)
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


@pytest.mark.parametrize(("model", "operation"), [case for case in CASES if case != ("sns", "ConfirmSubscription")])
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
