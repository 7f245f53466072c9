"""STS and IAM at the gateway, asked by boto3."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.gateway.servers import request, running_gateway

ROLE = "arn:aws:iam::111122223333:role/team/Deploy"


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running_gateway() as found:
        yield found


def client(port: int, service: str = "sts", key: str = "test", token: str | None = None, **given: Any) -> Any:
    session = boto3.session.Session(key, "test", token, "us-east-1")
    config = given.pop("config", Config()).merge(Config(retries={"total_max_attempts": 1}))
    return session.client(service, endpoint_url=f"http://127.0.0.1:{port}", config=config, **given)


@pytest.fixture
def sts(port: int) -> Iterator[Any]:
    made = client(port)
    yield made
    made.close()


def as_session(port: int, credentials: dict[str, Any], service: str = "sts") -> Any:
    return client(port, service, credentials["AccessKeyId"], credentials["SessionToken"])


@pytest.mark.parametrize(("key", "account"), [("test", "000000000000"), ("444455556666", "444455556666")])
def test_get_caller_identity(port: int, key: str, account: str) -> None:
    made = client(port, key=key)
    identity = made.get_caller_identity()
    assert (identity["Account"], identity["UserId"]) == (account, account)
    assert identity["Arn"] == f"arn:aws:iam::{account}:root"
    assert re.fullmatch("[0-9a-f-]{36}", identity["ResponseMetadata"]["RequestId"])
    made.close()


def test_assume_role(port: int, sts: Any) -> None:
    answer = sts.assume_role(RoleArn=ROLE, RoleSessionName="ci", DurationSeconds=900, SourceIdentity="ann")
    credentials = answer["Credentials"]
    left = credentials["Expiration"] - datetime.now(UTC)
    assert timedelta(seconds=890) < left <= timedelta(seconds=900)
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::111122223333:assumed-role/Deploy/ci"
    assert re.fullmatch(r"AROA[A-Z2-7]{17}:ci", answer["AssumedRoleUser"]["AssumedRoleId"])
    assert answer["SourceIdentity"] == "ann"
    assumed = as_session(port, credentials)
    identity = assumed.get_caller_identity()
    assert identity["Account"] == "111122223333"
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    again = assumed.assume_role(RoleArn=ROLE, RoleSessionName="again")
    assert again["AssumedRoleUser"]["AssumedRoleId"].partition(":")[0] == identity["UserId"].partition(":")[0]
    assumed.close()


@pytest.mark.parametrize("account", ["000000000000", "111122223333", "999999999999"])
def test_a_session_of_any_account_gets_a_key_like_aws(sts: Any, account: str) -> None:
    answer = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/Deploy", RoleSessionName="ci")
    key = answer["Credentials"]["AccessKeyId"]
    assert re.fullmatch("ASIA[A-Z2-7]{16}", key)
    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == account
    assert len(answer["Credentials"]["SecretAccessKey"]) == 40


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"RoleArn": "arn:aws:iam::111122223333:user/somebody", "RoleSessionName": "ci"}, "ValidationError"),
        ({"RoleArn": "not-an-arn-but-20-characters-long", "RoleSessionName": "ci"}, "ValidationError"),
        ({"RoleArn": ROLE, "RoleSessionName": "x"}, "ValidationError"),
        ({"RoleArn": ROLE, "RoleSessionName": "ci", "DurationSeconds": 60}, "ValidationError"),
        ({"RoleArn": ROLE}, "ValidationError"),
    ],
)
def test_assume_role_of_what_is_not_one(port: int, arguments: dict[str, Any], code: str) -> None:
    made = client(port, config=Config(parameter_validation=False))
    with pytest.raises(ClientError) as caught:
        made.assume_role(**arguments)
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["Error"]["Type"] == "Sender"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    made.close()


def jwt(**claims: Any) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), "signature"])


def test_assume_role_with_web_identity_is_not_signed(port: int) -> None:
    made = client(port, config=Config(signature_version=UNSIGNED))
    token = jwt(sub="system:serviceaccount:default:app", aud="sts.amazonaws.com", iss="https://oidc.test/id/1")
    answer = made.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="app", WebIdentityToken=token)
    assert answer["SubjectFromWebIdentityToken"] == "system:serviceaccount:default:app"
    assert answer["Audience"] == "sts.amazonaws.com"
    assert answer["Provider"] == "oidc.test/id/1"
    assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/Deploy/app")
    plain = made.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="app", WebIdentityToken="any token")
    assert "SubjectFromWebIdentityToken" not in plain
    made.close()


def test_get_session_token(port: int, sts: Any) -> None:
    credentials = sts.get_session_token(DurationSeconds=3600)["Credentials"]
    assert credentials["AccessKeyId"].startswith("ASIA")
    session = as_session(port, credentials)
    assert session.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"
    session.close()


def test_get_federation_token(port: int, sts: Any) -> None:
    answer = sts.get_federation_token(Name="Bob", Policy='{"Statement": []}')
    assert answer["FederatedUser"] == {
        "FederatedUserId": "000000000000:Bob",
        "Arn": "arn:aws:sts::000000000000:federated-user/Bob",
    }
    session = as_session(port, answer["Credentials"])
    assert session.get_caller_identity()["Arn"] == answer["FederatedUser"]["Arn"]
    session.close()


def test_get_access_key_info(sts: Any) -> None:
    assert sts.get_access_key_info(AccessKeyId="AKIAIOSFODNN7EXAMPLE")["Account"] == "000000000000"


def test_decode_authorization_message(sts: Any) -> None:
    with pytest.raises(ClientError) as caught:
        sts.decode_authorization_message(EncodedMessage="abc")
    assert caught.value.response["Error"]["Code"] == "InvalidAuthorizationMessageException"


@pytest.mark.parametrize("token", ["x", "bm90IGpzb24=", "W10=", "e30=", "eyJhY2NvdW50IjogMX0=", "\u00e9"])
def test_a_session_token_that_is_not_ours_means_the_root_user(port: int, token: str) -> None:
    head = f"GET /?Action=GetCallerIdentity HTTP/1.1\r\nHost: h\r\nX-Amz-Security-Token: {token}\r\n\r\n"
    status, _, body = request(port, head.encode("latin-1"))
    assert status == 200
    assert b"<Arn>arn:aws:iam::000000000000:root</Arn>" in body


def test_iam_get_user(port: int, sts: Any) -> None:
    iam = client(port, "iam", "444455556666")
    user = iam.get_user()["User"]
    assert user["Arn"] == "arn:aws:iam::444455556666:root"
    assert user["UserId"] == "444455556666"
    assert user["CreateDate"]
    iam.close()
    session = as_session(port, sts.assume_role(RoleArn=ROLE, RoleSessionName="ci")["Credentials"], "iam")
    with pytest.raises(ClientError, match="Must specify userName"):
        session.get_user()
    session.close()


def test_a_body_that_is_too_large(port: int) -> None:
    body = b"Action=GetCallerIdentity&Padding=" + b"x" * 600_000
    scope = b"Authorization: AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/sts/aws4_request"
    head = b"POST / HTTP/1.1\r\nHost: h\r\n%b\r\nContent-Length: %d\r\n" % (scope, len(body))
    status, _, answer = request(port, head + b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + body)
    assert status == 413
    assert b"RequestEntityTooLarge" in answer


def test_the_partition_of_the_region(port: int) -> None:
    """A region of China or of the government names its own partition in every ARN."""
    session = boto3.session.Session("444455556666", "test", region_name="cn-north-1")
    made = session.client("sts", endpoint_url=f"http://127.0.0.1:{port}")
    role = "arn:aws-cn:iam::444455556666:role/Deploy"
    try:
        assert made.get_caller_identity()["Arn"] == "arn:aws-cn:iam::444455556666:root"
        user = made.get_federation_token(Name="ann")["FederatedUser"]
        assert user["Arn"] == "arn:aws-cn:sts::444455556666:federated-user/ann"
        assumed = made.assume_role(RoleArn=role, RoleSessionName="ci")["AssumedRoleUser"]
        assert assumed["Arn"] == "arn:aws-cn:sts::444455556666:assumed-role/Deploy/ci"
    finally:
        made.close()
